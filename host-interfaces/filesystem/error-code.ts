import { WitError } from "../../runtime/host-contract.js";

/** The codes of `wasi:filesystem/types.error-code` that this host gives. */
const codes: Readonly<Record<string, string>> = {
  EACCES: "access",
  EAGAIN: "would-block",
  EBADF: "bad-descriptor",
  EBUSY: "busy",
  EDQUOT: "quota",
  EEXIST: "exist",
  EFBIG: "file-too-large",
  EILSEQ: "illegal-byte-sequence",
  EINTR: "interrupted",
  EINVAL: "invalid",
  EIO: "io",
  EISDIR: "is-directory",
  ELOOP: "loop",
  EMFILE: "quota",
  EMLINK: "too-many-links",
  ENAMETOOLONG: "name-too-long",
  ENFILE: "quota",
  ENODEV: "no-device",
  ENOENT: "no-entry",
  ENOMEM: "insufficient-memory",
  ENOSPC: "insufficient-space",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  ENOTSUP: "unsupported",
  ENXIO: "no-such-device",
  EOVERFLOW: "overflow",
  EPERM: "not-permitted",
  EROFS: "read-only",
  ESPIPE: "invalid-seek",
  ETXTBSY: "text-file-busy",
  EXDEV: "cross-device",
};

export function fileError(code: string): WitError {
  return new WitError(code);
}

/** The WIT code for an error of `node:fs`; undefined for anything else, which is a fault of ours and traps. */
export function fileErrorCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && Object.hasOwn(codes, code) ? codes[code] : undefined;
}

/** Runs file-system calls of the host and turns their errors into the guest's. */
export function translated<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = fileErrorCode(error);
    if (code === undefined) throw error;
    throw fileError(code);
  }
}
