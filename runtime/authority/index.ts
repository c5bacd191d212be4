export { checkAuthorization } from "./authorization.js";
export type { Authorization, AuthorizationExpectations, TrustedIssuer } from "./authorization.js";
export type { AuthorizationClaims } from "./authorization-claims.js";
export type { CertificateSubject } from "./certificate.js";
export {
  createAuthorityIdentity,
  createNodeIdentity,
  loadAuthorityIdentity,
  loadNodeIdentity,
} from "./ed25519-identity.js";
export type { Ed25519IdentityOptions } from "./ed25519-identity.js";
export { exportPublic } from "./export-public.js";
export { createHome, locateHome, openHome } from "./home.js";
export { makeHome } from "./make-home.js";
export type { Home } from "./home.js";
export { issueAuthorization } from "./issue-authorization.js";
export type { AuthorizationRequest } from "./issue-authorization.js";
export { keyIdOf } from "./key-id.js";
export { readOwnerOnlyFile } from "./owner-only.js";
export { createPublisherIdentity, loadPublisherIdentity } from "./publisher-identity.js";
export type { PublisherIdentityOptions } from "./publisher-identity.js";
export { parseSpiffeId } from "./spiffe-id.js";
export type { SpiffeId } from "./spiffe-id.js";
export type {
  Ed25519Identity,
  Ed25519Signer,
  IdentityKind,
  PublicIdentity,
  PublisherIdentity,
} from "./types.js";
