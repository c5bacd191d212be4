import type { ErrorEntry } from "./entry.js";

export const authorityErrors = {
  HOME_MISSING: {
    exit: "environment",
    message: "there is no wrun home at {path}",
    next: "Run wrun init, or set WRUN_HOME to the home that you mean.",
  },
  HOME_UNSAFE: {
    exit: "refused",
    message: "{path} cannot be trusted with keys: {reason}",
    next: "Make it a real folder or file of this user's own: chown it, and chmod 700 (folders) or 600 (files).",
  },
  HOME_UNSUPPORTED: {
    exit: "environment",
    message: "{platform} does not report file owners, so the keys in {path} cannot be shown to be private",
    next: "Run wrun on a system with POSIX file permissions.",
  },
  HOME_FOLDER_TAKEN: {
    exit: "environment",
    message: "no home can be made at {path}, since something else is there",
    next: "Name a folder that is empty, or that is not there yet.",
  },
  HOME_WITHIN_REACH: {
    exit: "usage",
    message: "{folder} would let the guest reach the wrun home {home} and the keys in it: {reason}",
    next: "Give the guest another folder, or keep the home elsewhere (--home, WRUN_HOME).",
  },
  IDENTITY_EXISTS: {
    exit: "environment",
    message: "a {kind} identity named '{name}' already exists at {path}",
    next: "Use the one that is there; wrun never overwrites a key.",
  },
  IDENTITY_MISSING: {
    exit: "environment",
    message: "there is no {kind} identity named '{name}' at {path}",
    next: "Add a publisher with `wrun init --publisher NAME`; restore any other key from a backup, or make a new home.",
  },
  IDENTITY_BROKEN: {
    exit: "refused",
    message: "the {kind} identity at {path} is not usable: {reason}",
    next: "Restore the folder from a backup, or create an identity under another name.",
  },
  IDENTITY_NAME_INVALID: {
    exit: "usage",
    message: "'{name}' cannot name an identity",
    next: "Use 1 to 64 lower-case letters, digits, '-', '_' or '.', starting with a letter or digit.",
  },
  CERTIFICATE_SUBJECT_INVALID: {
    exit: "usage",
    message: "the certificate subject's {field} '{value}' is not usable: {reason}",
    next: "Give a common name, an organization, a state or province and a two-letter country.",
  },
  SPIFFE_ID_INVALID: {
    exit: "input",
    message: "'{text}' is not a SPIFFE id: {reason}",
    next: "Write it as spiffe://trust-domain/path, such as spiffe://example.org/node/one.",
  },
  AUTHORIZATION_MALFORMED: {
    exit: "input",
    message: "the authorization is malformed: {reason}",
    next: "Issue a new authorization with this version of wrun.",
  },
  AUTHORIZATION_SIGNATURE_INVALID: {
    exit: "refused",
    message: "the authorization's signature does not verify: {reason}",
    next: "Obtain the authorization again from its issuer; do not edit it.",
  },
  AUTHORIZATION_ISSUER_UNKNOWN: {
    exit: "refused",
    message: "no trusted issuer has the key {keyId} that signed the authorization",
    next: "Add the issuer's public key to the trusted issuers, or obtain one from a trusted issuer.",
  },
  AUTHORIZATION_MISMATCH: {
    exit: "refused",
    message: "the authorization's {claim} is '{actual}', and this run needs '{expected}'",
    next: "Issue an authorization for exactly this workload, component, policy, zone and node.",
  },
  AUTHORIZATION_EXPIRED: {
    exit: "refused",
    message: "the authorization {id} expired at {at}",
    next: "Issue a new authorization.",
  },
  AUTHORIZATION_NOT_YET_VALID: {
    exit: "refused",
    message: "the authorization {id} is not valid before {at}",
    next: "Wait until then, and check this machine's clock.",
  },
  AUTHORIZATION_LIFETIME_TOO_LONG: {
    exit: "refused",
    message: "the authorization {id} would live for {seconds} seconds; at most {limit} are accepted",
    next: "Issue an authorization that expires sooner.",
  },
  AUTHORIZATION_REVOKED: {
    exit: "refused",
    message: "the authorization {id} was revoked: {reason}",
    next: "Find out why before you issue another one.",
  },
} as const satisfies Record<string, ErrorEntry>;
