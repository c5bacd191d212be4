/** The codes of the distribution specification 1.1 that this registry uses; `UNKNOWN` is for faults of its own. */
export type ProtocolCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "TOOMANYREQUESTS"
  | "UNKNOWN"
  | "UNSUPPORTED";

/** A refusal as the client sees it. Nothing of the machine (a path, a cause) may be put into `message`. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly status: number;
  readonly code: ProtocolCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: ProtocolCode, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The JSON body that the specification prescribes for errors. */
export function errorBody(code: ProtocolCode, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}

const fullDisk = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What a client is told about any error: its own mistake in words, a full disk as such, and nothing of the rest. */
export function toProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (typeof code === "string" && fullDisk.has(code)) {
    return new ProtocolError(507, "UNKNOWN", "the registry has no room left");
  }
  return new ProtocolError(500, "UNKNOWN", "the registry failed; its operator can see why");
}
