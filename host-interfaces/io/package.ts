import {
  type HostFunction,
  hostFunction,
  type HostPackage,
  type PreparedPackage,
} from "../../runtime/host-contract.js";
import { transferLimit } from "./contract.js";
import { InputStream } from "./input-stream.js";
import { IoError } from "./io-error.js";
import { OutputStream } from "./output-stream.js";
import { Pollable, pollUntilReady } from "./pollable.js";

/**
 * `wasi:io`: no authority of its own. Whoever holds a stream, a pollable or an error got it from a call that was
 * granted, so these functions only check that what they are given is one of ours.
 */
export const ioPackage: HostPackage = {
  name: "wasi:io",
  version: "0.2.12",
  interfaces: {
    error: { authority: "none" },
    poll: { authority: "none" },
    streams: { authority: "none" },
  },
  prepare: () => Promise.resolve(functions()),
};

const functions = (): PreparedPackage => ({
  error: {
    "[method]error.to-debug-string": quiet((self: unknown) => error(self).toDebugString()),
  },
  poll: {
    "[method]pollable.ready": quiet((self: unknown) => pollable(self).waitable.ready()),
    "[method]pollable.block": quiet((self: unknown) => void pollUntilReady([pollable(self).waitable])),
    poll: quiet((list: readonly unknown[]) =>
      Uint32Array.from(pollUntilReady(list.map((item) => pollable(item).waitable))),
    ),
  },
  streams: {
    "[method]input-stream.read": reading((stream, length) => stream.read(length)),
    "[method]input-stream.blocking-read": reading((stream, length) => stream.blockingRead(length)),
    "[method]input-stream.skip": reading((stream, length) => stream.skip(length)),
    "[method]input-stream.blocking-skip": reading((stream, length) => stream.blockingSkip(length)),
    "[method]input-stream.subscribe": quiet((self: unknown) => input(self).subscribe()),
    "[method]output-stream.check-write": quiet((self: unknown) => output(self).checkWrite()),
    "[method]output-stream.write": writing((stream, contents) => stream.write(contents)),
    "[method]output-stream.blocking-write-and-flush": writing((stream, contents) =>
      stream.blockingWriteAndFlush(contents),
    ),
    "[method]output-stream.flush": quiet((self: unknown) => output(self).flush()),
    "[method]output-stream.blocking-flush": quiet((self: unknown) => output(self).blockingFlush()),
    "[method]output-stream.subscribe": quiet((self: unknown) => output(self).subscribe()),
    "[method]output-stream.write-zeroes": zeroing((stream, length) => stream.writeZeroes(length)),
    "[method]output-stream.blocking-write-zeroes-and-flush": zeroing((stream, length) =>
      stream.blockingWriteZeroesAndFlush(length),
    ),
    "[method]output-stream.splice": splicing((stream, source, length) => stream.splice(source, length)),
    "[method]output-stream.blocking-splice": splicing((stream, source, length) =>
      stream.blockingSplice(source, length),
    ),
  },
});

/** A call that neither moves bytes nor changes anything outside. */
function quiet(call: (...args: never[]) => unknown): HostFunction {
  return hostFunction({ call, durability: "ring" });
}

function reading(call: (stream: InputStream, length: bigint) => unknown): HostFunction {
  return hostFunction({
    call: (self: unknown, length: bigint) => call(input(self), length),
    durability: "written",
  });
}

function writing(call: (stream: OutputStream, contents: Uint8Array) => void): HostFunction {
  return hostFunction({
    call: (self: unknown, contents: Uint8Array) => call(output(self), contents),
    bytesOut: (_self: unknown, contents: Uint8Array) => contents.byteLength,
    durability: "written",
  });
}

function zeroing(call: (stream: OutputStream, length: bigint) => void): HostFunction {
  return hostFunction({
    call: (self: unknown, length: bigint) => call(output(self), length),
    bytesOut: (_self: unknown, length: bigint) => Number(length),
    durability: "written",
  });
}

function splicing(call: (stream: OutputStream, source: InputStream, length: bigint) => bigint): HostFunction {
  return hostFunction({
    call: (self: unknown, source: unknown, length: bigint) => call(output(self), input(source), length),
    // What will be spliced is known only afterwards; the budget takes the most that it can be.
    bytesOut: (_self: unknown, _source: unknown, length: bigint) => Math.min(Number(length), transferLimit),
    durability: "written",
  });
}

// The gate has checked the handle's resource type. That says which WIT type it is, not who made the object.

function input(value: unknown): InputStream {
  if (!(value instanceof InputStream)) throw new TypeError("not an input stream of this host");
  return value;
}

function output(value: unknown): OutputStream {
  if (!(value instanceof OutputStream)) throw new TypeError("not an output stream of this host");
  return value;
}

function pollable(value: unknown): Pollable {
  if (!(value instanceof Pollable)) throw new TypeError("not a pollable of this host");
  return value;
}

function error(value: unknown): IoError {
  if (!(value instanceof IoError)) throw new TypeError("not an error of this host");
  return value;
}
