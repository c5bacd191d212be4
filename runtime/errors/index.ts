export { catalogue } from "./catalogue.js";
export type { ErrorCode } from "./catalogue.js";
export { exitCodes } from "./entry.js";
export type { ErrorEntry, ExitKind } from "./entry.js";
export { WrunError, isWrunError, wrapUnknown } from "./wrun-error.js";
export type { ErrorDetails } from "./wrun-error.js";
