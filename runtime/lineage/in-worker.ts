/** What a guest's worker needs of this room: to go on with the run's journal. */
export { commitValues } from "./commitment.js";
export { openJournal } from "./handover.js";
export type { HandleOf } from "./value-encoding.js";
export type { LineageWriter } from "./types.js";
