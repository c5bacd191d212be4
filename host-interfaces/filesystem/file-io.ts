import { fstatSync, readSync, writeSync } from "node:fs";
import {
  boundedLength,
  type ByteSource,
  type ByteTarget,
  IoError,
  StreamFailure,
  alwaysReady,
  transferLimit,
} from "../io/index.js";
import { fileError, fileErrorCode } from "./error-code.js";
import type { OpenFile } from "./open-file.js";

/** Reads at most {@link transferLimit} bytes at a place of the file; empty at its end. */
export function readAt(file: OpenFile, offset: bigint, length: bigint): Uint8Array {
  // No file reaches that far, and node:fs cannot name the place.
  if (offset > largestPosition) return new Uint8Array();
  const buffer = new Uint8Array(boundedLength(length));
  return buffer.subarray(0, readSync(file.fd, buffer, 0, buffer.byteLength, filePosition(offset)));
}

export function writeAt(file: OpenFile, offset: bigint, bytes: Uint8Array): void {
  // `node:fs` would take a bigint for "no position" and write wherever the file happens to stand.
  const position = filePosition(offset);
  let written = 0;
  while (written < bytes.byteLength) {
    written += writeSync(file.fd, bytes, written, bytes.byteLength - written, position + written);
  }
}

/** Beyond 2^53 `node:fs` cannot name a place; a call moves up to {@link transferLimit} bytes on from it. */
const largestPosition = 2n ** 53n - 1n - BigInt(transferLimit);

/** A place or size that the guest chose as any u64. */
export function filePosition(offset: bigint): number {
  if (offset > largestPosition) throw fileError("file-too-large");
  return Number(offset);
}

/** A stream that reads on from `offset`. Opening it was decided on; it holds the file until it is dropped. */
export function fileSource(file: OpenFile, offset: bigint): ByteSource {
  const held = file.share();
  let position = offset;
  return {
    read(max) {
      const bytes = asStreamError(() => readAt(held, position, BigInt(max)));
      position += BigInt(bytes.byteLength);
      return bytes.byteLength === 0 ? undefined : bytes;
    },
    waitable: alwaysReady,
    close: () => held.release(),
  };
}

/**
 * A stream that writes on from `offset`, or always at the end. The end is looked up at each write, which is atomic
 * for this guest and not against other processes.
 */
export function fileTarget(file: OpenFile, offset: bigint | "end"): ByteTarget {
  const held = file.share();
  let position = offset;
  return {
    capacity: () => transferLimit,
    write(bytes) {
      asStreamError(() => {
        const at = position === "end" ? fstatSync(held.fd, { bigint: true }).size : position;
        writeAt(held, at, bytes);
      });
      if (position !== "end") position += BigInt(bytes.byteLength);
    },
    close: () => held.release(),
  };
}

function asStreamError<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new StreamFailure(new IoError(`filesystem error: ${code}`, { kind: "filesystem", code }));
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "payload" in error && typeof error.payload === "string"
    ? error.payload
    : fileErrorCode(error);
}
