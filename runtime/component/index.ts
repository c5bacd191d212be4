export { toComponent } from "./adapt.js";
export type { ComponentBytes } from "./adapt.js";
export type {
  SignatureCheck,
  SignatureEnvelope,
  SignatureVerdict,
  SignedArtifact,
  Signer,
  StandingSignature,
} from "./artifact.js";
export type { CacheLocation } from "./cache.js";
export { parseComponentManifest } from "./component-manifest.js";
export type { BlobDescriptor, ComponentManifest } from "./component-manifest.js";
export { decodeComponent } from "./decode/index.js";
export type { CoreLimits, CoreModuleInfo, DecodedComponent } from "./decode/index.js";
export type { Detected } from "./detect.js";
export {
  chainThumbprints,
  createPublisherTrust,
  createSignatureCheck,
  loadPublisherTrust,
  signArtifact,
  signatureArtifactType,
  thumbprintAnnotation,
} from "./signature/index.js";
export type { ManifestDescriptor, PublisherTrust } from "./signature/index.js";
export { describeComponent, describeExports } from "./describe.js";
export { signatureOf } from "./function-signature.js";
export { linkComponent } from "./transpile.js";
export type { LinkedComponent, LinkOptions } from "./transpile.js";
export { acceptUnsigned, assertVerified, verifySigned } from "./verified-component.js";
export type { Provenance, UnsignedOptions, VerifiedComponent } from "./verified-component.js";
export type { JsonValue } from "./wave/index.js";
export type {
  ComponentType,
  FunctionType,
  InterfaceType,
  NamedType,
  PrimitiveKind,
  ResourceType,
  ValueType,
  VariantCase,
} from "./wit-types.js";
