/** What a guest's worker needs of this room: to record its calls. */
export { CallRecorder } from "./ring/call-recorder.js";
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
