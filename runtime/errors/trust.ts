import type { ErrorEntry } from "./entry.js";

export const trustErrors = {
  REVOCATIONS_MISSING: {
    exit: "refused",
    message: "there is no revocation list at {path}",
    next: "Run wrun init for a new home; in an existing one, restore the file, since it may have been removed to hide a revocation.",
  },
  REVOCATIONS_EXIST: {
    exit: "environment",
    message: "a revocation list, or the memory of one, is already at {path}",
    next: "Use it; wrun never replaces a revocation list by an empty one.",
  },
  REVOCATIONS_INVALID: {
    exit: "refused",
    message: "the revocation list at {path} is not valid: {reason}",
    next: "Restore the newest list that the authority signed.",
  },
  REVOCATIONS_ROLLED_BACK: {
    exit: "refused",
    message: "the revocation list at {path} has epoch {epoch}, but epoch {seen} was seen before: {reason}",
    next: "Restore the newest list; an older one hides revocations.",
  },
  REVOCATIONS_MEMORY_BROKEN: {
    exit: "refused",
    message: "the record of the newest revocation epoch at {path} is not usable: {reason}",
    next: "Restore it from a backup; without it an old list could pass for the newest.",
  },
  REVOCATIONS_BUSY: {
    exit: "environment",
    message: "another process is changing the revocation list ({path})",
    next: "Try again. If you are certain that no wrun process is running, remove that file.",
  },
  REVOCATION_ENTRY_INVALID: {
    exit: "usage",
    message: "the revocation cannot be recorded: {reason}",
    next: "Name a publisher key, node key, component or policy by its sha256: digest, an authorization by its id, a workload by its SPIFFE id or component digest.",
  },
  REVOCATION_NOT_RELEASABLE: {
    exit: "refused",
    message: "{kind} {id} cannot be released: {reason}",
    next: "Only a quarantined workload can be released; a revocation is final.",
  },
  SIGNATURE_MALFORMED: {
    exit: "input",
    message: "the signature envelope is malformed: {reason}",
    next: "Sign the artifact again; the envelope must be a Notary Project JWS.",
  },
  SIGNATURE_INVALID: {
    exit: "refused",
    message: "the publisher's signature does not verify: {reason}",
    next: "Obtain the artifact and its signature again from the publisher.",
  },
  SIGNATURE_WRONG_ARTIFACT: {
    exit: "refused",
    message: "the signature is for {signed}, not for {artifact}",
    next: "Obtain the signature that belongs to this artifact.",
  },
  SIGNATURE_EXPIRED: {
    exit: "refused",
    message: "the signature expired at {at}",
    next: "Ask the publisher for a newer release.",
  },
  SIGNATURE_UNTRUSTED: {
    exit: "refused",
    message: "the signer '{subject}' is not trusted by the trust policy '{policy}': {reason}",
    next: "If you trust this publisher, add its root certificate to a trust store and its subject to trustedIdentities.",
  },
  SIGNATURE_REVOKED: {
    exit: "refused",
    message: "the {what} {id} was revoked: {reason}",
    next: "Do not run it. Ask the publisher for a release that is signed with a key in good standing.",
  },
  NODE_KEY_REVOKED: {
    exit: "refused",
    message: "this node's key {id} was revoked at {at}: {reason}",
    next: "Nothing runs under it any more. Find out why it was revoked, then make a new home with wrun init.",
  },
  CERTIFICATE_UNACCEPTABLE: {
    exit: "refused",
    message: "the certificate '{subject}' cannot be accepted: {reason}",
    next: "Ask the publisher for a signature with a certificate chain that meets the Notary Project's requirements.",
  },
  TRUST_POLICY_MISSING: {
    exit: "refused",
    message: "there is no trust policy at {path}, so no publisher is trusted",
    next: "Add a publisher with `wrun init --publisher NAME`, or write a trustpolicy.json that says whom you trust.",
  },
  TRUST_POLICY_INVALID: {
    exit: "input",
    message: "the trust policy {path} is not valid: {reason}",
    next: "Correct the file; see docs/keys-and-trust.md.",
  },
  TRUST_POLICY_NOT_APPLICABLE: {
    exit: "refused",
    message: "no trust policy applies to {scope}",
    next: "Add {scope} to the registryScopes of a trust policy.",
  },
  TRUST_POLICY_EXISTS: {
    exit: "environment",
    message: "{path} already exists",
    next: "Edit it by hand; wrun never overwrites a decision about trust.",
  },
  TRUST_STORE_UNUSABLE: {
    exit: "refused",
    message: "the trust store {path} is not usable: {reason}",
    next: "Put root certificates (.pem, .crt or .cer, no symbolic links) there; see docs/keys-and-trust.md.",
  },
} as const satisfies Record<string, ErrorEntry>;
