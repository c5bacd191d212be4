import { WrunError } from "../errors/index.js";

/** Makes any failure of the file system a `FILE_UNWRITABLE` that names what was to be written. */
export function writing<Result>(path: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw unwritable(path, error);
  }
}

export function unwritable(path: string, error: unknown): WrunError {
  const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new WrunError("FILE_UNWRITABLE", { path, reason }, { cause: error });
}
