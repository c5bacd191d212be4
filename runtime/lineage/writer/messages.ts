import type { RunId } from "../types.js";
import type { RingRun } from "./writer-loop.js";

/** What the supervisor tells the writer thread; each message is followed by a ring of the bell. */
export type ToWriter =
  | { readonly kind: "take"; readonly run: RingRun }
  | { readonly kind: "give-back"; readonly runId: RunId };

/** What it answers. A failure is text as `describeFailure` makes it. */
export type FromWriter =
  | { readonly kind: "failed"; readonly runId: RunId; readonly failure: string }
  | { readonly kind: "given-back"; readonly runId: RunId; readonly failure: string | undefined };
