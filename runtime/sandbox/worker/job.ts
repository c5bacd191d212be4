import type { ComponentType } from "../../component/wit-types.js";
import type { Digest } from "../../digest.js";
import type { RingHandover } from "../../lineage/index.js";
import type { OffLimits } from "../../files/index.js";
import type { PostedPolicy } from "../../policy/index.js";
import type { ResourceCaps } from "../limits/cap-core-module.js";
import type { GuestEnd } from "../gate/poison.js";
import type { FileRoot, StdinSource } from "../host-package.js";
import type { CompiledCode, LinkedCode } from "./compile-code.js";

/** What a worker is started with, before anybody knows for which guest. */
export interface WorkerSetup {
  /** URL of the module that exports `hostPackages`. */
  readonly hostPackages: string;
}

/** Everything that a guest's worker is given for its guest. It is copied into the worker; nothing in it is shared but
 * four buffers (five where the guest serves), and nothing else of the process is visible there (no environment, no
 * arguments). */
export interface GuestJob {
  readonly code: LinkedCode | CompiledCode;
  readonly type: ComponentType;
  /** The worker compiles it again, and compares the digest of its bytes with the one that genesis names. */
  readonly policy: PostedPolicy;
  readonly policyDigest: Digest;
  readonly trust: SharedArrayBuffer;
  readonly lineage: RingHandover;
  readonly caps: ResourceCaps;
  readonly offer: GuestOffer;
  readonly invocation: Invocation;
  /** How many bytes of output and events are on their way to the supervisor. */
  readonly outputCredit: SharedArrayBuffer;
}

/** What the run offers to a guest; the policy decides how much of it the guest sees. */
export interface GuestOffer {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly roots: readonly FileRoot[];
  readonly stdin: StdinSource;
  readonly keyvalueFolder: string | undefined;
  readonly offLimits: OffLimits;
  readonly config: Readonly<Record<string, string>>;
}

/** What of a component a run calls. */
export type Invocation =
  /** `wasi:cli/run`. */
  | { readonly kind: "command" }
  /** A typed export with its arguments in WAVE: `ledger.quote("acme", 3)`, `counters.counter(5).add(3)`. */
  | { readonly kind: "function"; readonly text: string }
  /** `wasi:http/incoming-handler`, for what comes over the line: one request, or as many as there are. */
  | {
      readonly kind: "serve";
      readonly line: SharedArrayBuffer;
      readonly once: boolean;
      /** As the component exports it: `wasi:http/incoming-handler@0.2.6`. */
      readonly exported: string;
    };

/** How a guest's execution ended, as its worker saw it. */
export type GuestResult =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "returned"; readonly wave: string; readonly json: unknown }
  | { readonly kind: "served"; readonly requests: number }
  /** The component could not be started: it asks for more than the caps, or its modules are not valid. */
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly next: string;
      readonly exitCode: number;
    }
  | { readonly kind: "ended"; readonly end: Exclude<GuestEnd, { kind: "exit" }> };

/** What a guest can cause any number of. */
export type GuestEvent =
  | { readonly type: "log"; readonly level: string; readonly context: string; readonly message: string }
  | {
      readonly type: "denied";
      readonly import: string;
      readonly function: string;
      readonly rule: string | null;
      readonly reason: string;
    };

export type WorkerMessage =
  /** All host code is loaded, and the worker waits for its job. */
  { readonly type: "ready" } | GuestMessage;

export type GuestMessage =
  /** What was compiled for this guest, for others of the same component and the same caps. */
  | { readonly type: "compiled"; readonly code: CompiledCode }
  | { readonly type: "started" }
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }
  /** There is something on the line that the guest serves over. */
  | { readonly type: "line" }
  | GuestEvent
  | { readonly type: "result"; readonly result: GuestResult; readonly calls: CallCounts };

/** What became of a run's host calls. */
export interface CallCounts {
  /** By policy, whatever came of them then. */
  readonly allowed: number;
  /** By policy. */
  readonly denied: number;
  /** Refused for their arguments, and not by the policy. */
  readonly malformed: number;
  /** Of the allowed ones: those that gave the guest an error of their function. */
  readonly failed: number;
}
