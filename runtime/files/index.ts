export { FileLock } from "./file-lock.js";
export { type Claim, describeOwner, hasCode, hasLock, isAbandoned, type LockPlace } from "./lock-claims.js";
export { Barrier, nothingOffLimits, type OffLimits, surveyOffLimits } from "./off-limits.js";
export { makeFolder, makeFolderBeside } from "./make-folder.js";
export { thisProcess } from "./process-identity.js";
export {
  moveBeside,
  replaceFile,
  replaceFileBeside,
  syncBeside,
  syncFolder,
  writeNewFile,
  writeNewFileBeside,
} from "./replace-file.js";
export { makeOnce } from "./make-once.js";
export { waitForLock, waitForLockHere } from "./wait-for-lock.js";
