import { constants, fstatSync, openSync, readSync } from "node:fs";
import type { StdinSource } from "../../runtime/host-contract.js";
import { alwaysReady, type ByteSource, IoError, StreamFailure, type Waitable } from "../io/index.js";

/** What a guest reads as its standard input. */
export function openStdin(source: StdinSource): ByteSource {
  switch (source.kind) {
    case "empty":
      return bytesSource(new Uint8Array());
    case "bytes":
      return bytesSource(source.bytes);
    case "inherit":
    default:
      return hostStdin();
  }
}

function bytesSource(bytes: Uint8Array): ByteSource {
  let position = 0;
  return {
    read(max) {
      if (position >= bytes.byteLength) return undefined;
      const piece = bytes.slice(position, position + max);
      position += piece.byteLength;
      return piece;
    },
    waitable: alwaysReady,
  };
}

/**
 * The host's own standard input, read without ever blocking in the kernel: a thread that is blocked there cannot be
 * ended when trust is lost. A terminal or a pipe is opened a second time as non-blocking, so that the process's own
 * handle stays as it is. A file never blocks. A socket cannot be opened again; the supervisor has made it one that does
 * not block.
 */
function hostStdin(): ByteSource {
  let fd: number | undefined;
  let ahead: Uint8Array | "end" | undefined;

  function readNow(max: number): Uint8Array | "end" {
    const buffer = new Uint8Array(max);
    try {
      fd ??= openWithoutBlocking();
      const count = readSync(fd, buffer, 0, max, null);
      return count === 0 ? "end" : buffer.subarray(0, count);
    } catch (error) {
      const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EAGAIN") return nothing;
      if (code === "EOF") return "end";
      throw new StreamFailure(new IoError("standard input cannot be read"));
    }
  }

  const waitable: Waitable = {
    ready() {
      try {
        ahead ??= whatThereIs(readNow(readAhead));
      } catch {
        return true;
      }
      return ahead !== undefined;
    },
  };
  return {
    read(max) {
      const got = ahead ?? readNow(max);
      ahead = undefined;
      if (got === "end") return undefined;
      if (got.byteLength > max) ahead = got.subarray(max);
      return got.subarray(0, max);
    },
    waitable,
  };
}

const nothing = new Uint8Array();
/** Bytes that are taken to find out whether there are any. */
const readAhead = 4096;

function whatThereIs(got: Uint8Array | "end"): Uint8Array | "end" | undefined {
  return got === "end" || got.byteLength > 0 ? got : undefined;
}

function openWithoutBlocking(): number {
  const kind = fstatSync(0);
  if (process.platform !== "linux" || kind.isFile() || kind.isSocket()) return 0;
  return openSync("/proc/self/fd/0", constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
}
