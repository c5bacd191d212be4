export type {
  SignatureCheck,
  SignatureEnvelope,
  SignatureVerdict,
  SignedArtifact,
  Signer,
} from "./artifact.js";
export { signatureEnvelopeMediaType } from "./artifact.js";
export { decodeComponent } from "./decode/index.js";
export type { CoreLimits, CoreModuleInfo, DecodedComponent } from "./decode/index.js";
