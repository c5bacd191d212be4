/** The public interface of wrun. See docs/architecture.md for what is behind it. */
export {
  exportPublic,
  issueAuthorization,
  loadAuthorityIdentity,
  loadNodeIdentity,
  loadPublisherIdentity,
  locateHome,
  openHome,
} from "./authority/index.js";
export type { Home, PublicIdentity, PublisherIdentity } from "./authority/index.js";
export {
  chainThumbprints,
  decodeComponent,
  describeComponent,
  describeExports,
  parseComponentManifest,
  signArtifact,
  signatureArtifactType,
  thumbprintAnnotation,
  toComponent,
} from "./component/index.js";
export type {
  ComponentBytes,
  ComponentType,
  ManifestDescriptor,
  Provenance,
  SignedArtifact,
} from "./component/index.js";
export { signatureOf } from "./component/function-signature.js";
export { type Digest, digestOf, parseDigest } from "./digest.js";
export { catalogue, exitCodes, isWrunError, WrunError, wrapUnknown } from "./errors/index.js";
export type { ErrorCode } from "./errors/index.js";
export {
  claimedHead,
  formatVerifierKey,
  isHostCall,
  isProven,
  isRunId,
  listRuns,
  parseRunId,
  parseVerifierKey,
  readRun,
  verifyLineage,
  verifyRun,
} from "./lineage/index.js";
export type {
  ClaimedHead,
  NodeKey,
  RecoveredRun,
  RunId,
  RunReport as LineageReport,
  RunSummary,
  StoredRecord,
} from "./lineage/index.js";
export {
  type CompiledPolicy,
  loadPolicy,
  type PolicyContracts,
  refuseMissingRoots,
  refuseMistakes,
  refuseUnlinkable,
  type Unlinkable,
} from "./policy/index.js";
export * from "./host-contract.js";
export type { ComponentSource, PolicySource, RunEvent, RunRequest } from "./sandbox/admission/request.js";
export { contractsOf } from "./sandbox/host-contracts.js";
export { keepHomeApart } from "./sandbox/admission/keep-home-apart.js";
export { addPublisher, initHome, type InitializedHome, type InitOptions } from "./sandbox/init-home.js";
export type { NodeOptions } from "./sandbox/node.js";
export { createRuntime, inspectComponent, type Runtime, type VerifiedSummary } from "./sandbox/runtime.js";
export type { RunOutcome } from "./sandbox/supervisor/outcome.js";
export type { Run, RunReport } from "./sandbox/supervisor/run.js";
export type {
  ServeAddress,
  ServeEnd,
  ServeReport,
  ServeRequest,
  Server,
  ServerEvent,
} from "./sandbox/supervisor/server/server.js";
export type { Invocation } from "./sandbox/worker/job.js";
export {
  loadRevocations,
  type RevocationEntry,
  type RevocationKind,
  type RevocationList,
} from "./trust/index.js";
