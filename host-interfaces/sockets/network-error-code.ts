/** The enum `error-code` of `wasi:sockets/network`. */
export type NetworkErrorCode =
  | "unknown"
  | "access-denied"
  | "not-supported"
  | "invalid-argument"
  | "out-of-memory"
  | "timeout"
  | "concurrency-conflict"
  | "not-in-progress"
  | "would-block"
  | "invalid-state"
  | "new-socket-limit"
  | "address-not-bindable"
  | "address-in-use"
  | "remote-unreachable"
  | "connection-refused"
  | "connection-reset"
  | "connection-aborted"
  | "datagram-too-large"
  | "name-unresolvable"
  | "temporary-resolver-failure"
  | "permanent-resolver-failure";

const byCode = new Map<string, NetworkErrorCode>([
  ["EACCES", "access-denied"],
  ["EPERM", "access-denied"],
  ["EADDRINUSE", "address-in-use"],
  ["EADDRNOTAVAIL", "address-not-bindable"],
  ["ECONNREFUSED", "connection-refused"],
  ["ECONNRESET", "connection-reset"],
  ["EPIPE", "connection-reset"],
  ["ECONNABORTED", "connection-aborted"],
  ["EHOSTUNREACH", "remote-unreachable"],
  ["EHOSTDOWN", "remote-unreachable"],
  ["ENETUNREACH", "remote-unreachable"],
  ["ENETDOWN", "remote-unreachable"],
  ["ETIMEDOUT", "timeout"],
  ["EMFILE", "new-socket-limit"],
  ["ENFILE", "new-socket-limit"],
  ["ENOBUFS", "out-of-memory"],
  ["ENOMEM", "out-of-memory"],
  ["EMSGSIZE", "datagram-too-large"],
  ["EINVAL", "invalid-argument"],
  ["EAFNOSUPPORT", "not-supported"],
]);

/** @param error of Node's; undefined for an end without one */
export function networkErrorCode(error: unknown): NetworkErrorCode {
  if (error === undefined) return "connection-reset";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return byCode.get(code) ?? "unknown";
}
