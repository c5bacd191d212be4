/**
 * The variant `error-code` of `wasi:http/types`, in jco's shape. What Node says of a failure stays on this side: a
 * guest gets the case, and never a message that could name an address or a file of the host.
 */
export interface ErrorCode {
  readonly tag: string;
  readonly val?: unknown;
}

/** A failure that is already what the guest will see. */
export class HttpFault extends Error {
  override readonly name = "HttpFault";
  readonly errorCode: ErrorCode;
  constructor(errorCode: ErrorCode) {
    super(errorCode.tag);
    this.errorCode = errorCode;
  }
}

const byCode = new Map<string, ErrorCode>([
  ["ECONNREFUSED", { tag: "connection-refused" }],
  ["ECONNRESET", { tag: "connection-terminated" }],
  ["EPIPE", { tag: "connection-terminated" }],
  ["ERR_STREAM_DESTROYED", { tag: "connection-terminated" }],
  ["ERR_STREAM_PREMATURE_CLOSE", { tag: "connection-terminated" }],
  ["ETIMEDOUT", { tag: "connection-timeout" }],
  ["EHOSTUNREACH", { tag: "destination-IP-unroutable" }],
  ["ENETUNREACH", { tag: "destination-IP-unroutable" }],
  ["EADDRNOTAVAIL", { tag: "destination-unavailable" }],
  ["EMFILE", { tag: "connection-limit-reached" }],
  ["ENFILE", { tag: "connection-limit-reached" }],
  ["HPE_HEADER_OVERFLOW", { tag: "HTTP-response-header-section-size", val: undefined }],
  ["EPROTO", { tag: "TLS-protocol-error" }],
]);

const byPrefix: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^HPE_/, { tag: "HTTP-protocol-error" }],
  [/^ERR_SSL_.*_ALERT_/, { tag: "TLS-alert-received", val: { alertId: undefined, alertMessage: undefined } }],
  [/^ERR_SSL_/, { tag: "TLS-protocol-error" }],
  [
    /^(ERR_TLS_CERT_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|HOSTNAME_MISMATCH$)/,
    { tag: "TLS-certificate-error" },
  ],
];

/** @param otherwise for an error that says nothing a guest could use, and for an end without an error */
export function errorCodeOf(
  error: unknown,
  otherwise: ErrorCode = { tag: "internal-error", val: undefined },
): ErrorCode {
  if (error instanceof HttpFault) return error.errorCode;
  if (error instanceof AggregateError) return errorCodeOf(error.errors[0], otherwise);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return byCode.get(code) ?? byPrefix.find(([pattern]) => pattern.test(code))?.[1] ?? otherwise;
}

/** A resolver's code, as Node or the system names it. */
export function resolverErrorCode(code: string): ErrorCode {
  if (code === "ETIMEOUT" || code === "EAI_AGAIN") return { tag: "DNS-timeout" };
  return { tag: "DNS-error", val: { rcode: code, infoCode: undefined } };
}
