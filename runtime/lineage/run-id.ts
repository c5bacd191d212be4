import { randomBytes } from "node:crypto";
import { WrunError } from "../errors/index.js";
import type { RunId } from "./types.js";

const pattern = /^[0-9a-f]{32}$/;

export function newRunId(): RunId {
  return randomBytes(16).toString("hex") as RunId;
}

/** Accepts only the spelling that {@link newRunId} produces, so that an id is also a safe folder name.
 * Throws `LINEAGE_RUN_ID_MALFORMED`. */
export function parseRunId(text: string): RunId {
  if (!isRunId(text)) throw new WrunError("LINEAGE_RUN_ID_MALFORMED", { text });
  return text;
}

/** Whether a text can be a run's id; it says nothing of whether there is such a run. */
export function isRunId(text: string): text is RunId {
  return pattern.test(text);
}
