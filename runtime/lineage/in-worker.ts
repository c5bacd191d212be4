/** What a guest's worker needs of this room: to go on with the run's journal. */
export { commitValues } from "./commitment.js";
export { openJournal } from "./handover.js";
export type { CallRing } from "./ring/call-ring.js";
export { durabilityLevel, outcomeNumber } from "./ring/layout.js";
export type { DurabilityLevel, OutcomeNumber } from "./ring/layout.js";
export {
  mostHandleBytes,
  mostHeadBytes,
  mostTextBytes,
  writeBigInteger,
  writeBoolean,
  writeBytes,
  writeFloat,
  writeHandle,
  writeInteger,
  writeText,
} from "./ring/encode-at.js";
export { openCallRing } from "./ring/open-ring.js";
export type { RingHandover } from "./ring/open-ring.js";
export type { HandleOf } from "./value-encoding.js";
export type { LineageWriter } from "./types.js";
