export { signatureArtifactType, thumbprintAnnotation } from "./envelope.js";
export { createPublisherTrust, loadPublisherTrust } from "./publisher-trust.js";
export type { NewTrust, PublisherTrust, TrustLocation } from "./publisher-trust.js";
export { chainThumbprints, signArtifact } from "./sign-artifact.js";
export type { ManifestDescriptor, PublisherKey, SigningOptions } from "./sign-artifact.js";
export { createSignatureCheck } from "./signature-check.js";
export type { SignatureCheckOptions } from "./signature-check.js";
export { verifyEnvelope } from "./verify-envelope.js";
export type { SignatureSigner, VerifiedSignature, VerifyEnvelopeInput } from "./verify-envelope.js";
