import type { ErrorEntry } from "./entry.js";

export const registryErrors = {
  REFERENCE_MALFORMED: {
    exit: "usage",
    message: "'{text}' is not a component reference: {reason}",
    next: "Write it as host[:port]/name:tag or host[:port]/name@sha256:…, such as 127.0.0.1:5000/team/weather:1.2.0.",
  },
  REFERENCE_INCOMPLETE: {
    exit: "usage",
    message: "{reference} names a repository, but neither a tag nor a digest in it",
    next: "Append a tag, such as {reference}:1.0.0, or a digest, such as {reference}@sha256:…",
  },
  REGISTRY_UNREACHABLE: {
    exit: "environment",
    message: "cannot reach the registry {registry}: {reason}",
    next: "Check the host and port, and that the registry is running.",
  },
  REGISTRY_CONNECTION_LOST: {
    exit: "environment",
    message: "the registry {registry} broke off while {what}: {reason}",
    next: "Nothing was kept of it. Check the registry and try again.",
  },
  REGISTRY_TIMEOUT: {
    exit: "environment",
    message: "the registry {registry} was silent for too long while {what}",
    next: "Nothing was kept of it. Check the registry and the network, then try again.",
  },
  REGISTRY_CANCELLED: {
    exit: "environment",
    message: "cancelled while {what}",
    next: "Start it again if this was not meant.",
  },
  REGISTRY_REDIRECT_REFUSED: {
    exit: "refused",
    message: "the registry {registry} sent us elsewhere ('{location}') while {what}",
    next: "Redirects are never followed. Use a registry that serves its content itself.",
  },
  REGISTRY_UNAUTHORIZED: {
    exit: "refused",
    message: "the registry {registry} wants credentials for {what}",
    next: "wrun does not log in to registries yet. Use a registry that serves this name without credentials.",
  },
  REGISTRY_NOT_FOUND: {
    exit: "input",
    message: "{reference} is not in the registry",
    next: "Check the name and the tag, and that it was published there.",
  },
  REGISTRY_REFUSED: {
    exit: "environment",
    message: "the registry {registry} answered {status} while {what}: {reason}",
    next: "The registry's own log says more.",
  },
  REGISTRY_FULL: {
    exit: "environment",
    message: "the registry {registry} has no room left while {what}",
    next: "Free space on the registry's disk, then try again; nothing half-written was left there.",
  },
  REGISTRY_RESPONSE_MALFORMED: {
    exit: "refused",
    message: "the registry {registry} answered nonsense while {what}: {reason}",
    next: "Do not trust this registry until its operator has explained it.",
  },
  REGISTRY_DIGEST_MISMATCH: {
    exit: "refused",
    message: "{what} from {registry} is {actual}, but {expected} was asked for",
    next: "The bytes were altered at the registry or on the way. Do not trust this registry until that is explained.",
  },
  REGISTRY_SIZE_MISMATCH: {
    exit: "refused",
    message: "{what} from {registry} has {actual} bytes, but {expected} were promised",
    next: "The bytes were altered at the registry or on the way. Do not trust this registry until that is explained.",
  },
  REGISTRY_TOO_LARGE: {
    exit: "refused",
    message: "{what} at {registry} is larger than the {limit} bytes that wrun accepts",
    next: "Publish something smaller.",
  },
  REGISTRY_ARTIFACT_UNSUPPORTED: {
    exit: "input",
    message: "{reference} is not a WebAssembly component: {reason}",
    next: "Publish it with `wrun publish`, or with another tool that writes the CNCF Wasm artifact with one layer.",
  },
  REGISTRY_TOO_MANY_SIGNATURES: {
    exit: "refused",
    message: "more than {limit} signatures refer to {reference}, so that none of them is read",
    next: "Have the registry's operator delete the referrers that do not belong there.",
  },
  SIGNATURE_ENVELOPE_MALFORMED: {
    exit: "input",
    message: "the signature envelope is malformed: {reason}",
    next: "Sign again. An envelope is a flattened JWS whose unprotected header holds the certificate chain in x5c.",
  },
  REGISTRY_FOLDER_FOREIGN: {
    exit: "input",
    message: "{folder} has files in it that are not a registry's",
    next: "Name an empty folder or one that does not exist yet.",
  },
  REGISTRY_FOLDER_FORMAT: {
    exit: "input",
    message: "{folder} holds a registry in a format that this wrun does not know",
    next: "Serve it with the version of wrun that wrote it, or name another folder.",
  },
  REGISTRY_FOLDER_IN_USE: {
    exit: "environment",
    message: "{folder} is already being served by {owner}",
    next: "Stop that process, or name another folder. If you are certain that it is gone, remove {lock}.",
  },
  REGISTRY_FOLDER_UNUSABLE: {
    exit: "environment",
    message: "cannot keep a registry in {folder}: {reason}",
    next: "Check that this user may write there and that the disk has room.",
  },
  REGISTRY_PORT_UNAVAILABLE: {
    exit: "environment",
    message: "cannot listen on {host} port {port}: {reason}",
    next: "Choose another port; 0 takes any that is free.",
  },
  REGISTRY_HOST_NOT_LOOPBACK: {
    exit: "usage",
    message: "the registry has neither passwords nor TLS, and {host} is not a loopback address",
    next: "Serve it on 127.0.0.1 and put a proxy in front of it that encrypts and authenticates.",
  },
} as const satisfies Record<string, ErrorEntry>;
