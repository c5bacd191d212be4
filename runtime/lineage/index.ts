export { claimedHead } from "./claimed-head.js";
export type { ClaimedHead } from "./claimed-head.js";
export { commitValues, opensCommitment, recordSalt } from "./commitment.js";
export { recordedCalls } from "./handover.js";
export type { JournalHandover } from "./handover.js";
export { isHostCall } from "./host-call.js";
export { keepHeads } from "./keep-heads.js";
export { listRuns } from "./list-runs.js";
export { createRunLineage, resumeRunLineage } from "./open-run.js";
export type { CreateOptions, ResumeOptions } from "./open-run.js";
export { readRun } from "./read-run.js";
export { recoverLineage } from "./recover.js";
export type { RecoveredRun } from "./recover.js";
export { isRunId, newRunId, parseRunId } from "./run-id.js";
export type { RunLineage } from "./run-lineage.js";
export { createWriterThread } from "./writer/writer-thread.js";
export type { WriterThread } from "./writer/writer-thread.js";
export type { RingHandover } from "./ring/open-ring.js";
export { formatVerifierKey, isKeyName, parseVerifierKey } from "./signed-note.js";
export type { HandleOf } from "./value-encoding.js";
export { isProven, verifyLineage, verifyRun } from "./verify-run.js";
export type { VerifyOptions } from "./verify-run.js";
export type {
  AppendableBodies,
  AppendableKind,
  Appended,
  CallBody,
  Durability,
  GenesisBody,
  IntentBody,
  JsonObject,
  JsonValue,
  LineageProblem,
  LineageSigner,
  LineageWriter,
  NodeKey,
  OutcomeBody,
  OutcomeKind,
  RecordKind,
  RunId,
  RunReport,
  RunSummary,
  SealSummary,
  StoredRecord,
} from "./types.js";
