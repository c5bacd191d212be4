import assert from "node:assert/strict";
import { test } from "vitest";
import {
  alwaysReady,
  type ByteSource,
  type ByteTarget,
  InputStream,
  IoError,
  ioPackage,
  OutputStream,
  StreamFailure,
} from "../../../host-interfaces/io/index.js";
import { WrunError } from "../../../runtime/errors/index.js";
import { openHostFunction } from "../../../runtime/sandbox/host-function.js";
import { prepareGuest } from "./call-host.js";
import { witErrorOf } from "../wit-error.js";

const closed = { tag: "closed" };
const brokeContract = (error: unknown): boolean =>
  error instanceof WrunError && error.code === "GUEST_BROKE_CONTRACT";

function sourceOf(...pieces: (string | Error)[]): ByteSource & { asked: number[]; closed: number } {
  return {
    asked: [],
    closed: 0,
    read(max) {
      this.asked.push(max);
      const piece = pieces.shift();
      if (piece instanceof Error) throw piece;
      return piece === undefined ? undefined : new TextEncoder().encode(piece);
    },
    waitable: alwaysReady,
    close() {
      this.closed++;
    },
  };
}

function targetOf(
  ...capacities: number[]
): ByteTarget & { written: string; flushes: number; closed: number } {
  return {
    written: "",
    flushes: 0,
    closed: 0,
    capacity: () => (capacities.length > 1 ? (capacities.shift() ?? 0) : (capacities[0] ?? 0)),
    write(bytes) {
      this.written += new TextDecoder().decode(bytes);
    },
    flush() {
      this.flushes++;
    },
    close() {
      this.closed++;
    },
  };
}

test("a read of 2^63 bytes asks the source for a bounded number", () => {
  const source = sourceOf("abc");
  const stream = new InputStream(source);
  assert.equal(stream.read(2n ** 63n).byteLength, 3);
  assert.deepEqual(source.asked, [1 << 20]);
});

test("a read of nothing gives nothing and asks for nothing", () => {
  const source = sourceOf("abc");
  const stream = new InputStream(source);
  assert.equal(stream.read(0n).byteLength, 0);
  assert.equal(stream.blockingRead(0n).byteLength, 0);
  assert.deepEqual(source.asked, []);
});

test("a blocking read waits until there are bytes", () => {
  const stream = new InputStream(sourceOf("", "", "x"));
  assert.deepEqual(stream.blockingRead(5n), new TextEncoder().encode("x"));
});

test("skip takes bytes without handing them out", () => {
  const stream = new InputStream(sourceOf("ab", "", "c"));
  assert.equal(stream.skip(5n), 2n);
  assert.equal(stream.blockingSkip(5n), 1n);
});

test("after its end or an error a stream is closed and its pollables are ready", () => {
  const waiting = { ready: () => false };
  const ended = new InputStream({ read: () => undefined, waitable: waiting });
  const pollable = ended.subscribe();
  assert.equal(pollable.waitable.ready(), false);
  assert.deepEqual(
    witErrorOf(() => ended.read(1n)),
    closed,
  );
  assert.equal(pollable.waitable.ready(), true);

  const error = new IoError("gone");
  const failing = new InputStream(sourceOf(new StreamFailure(error), "never"));
  assert.deepEqual(
    witErrorOf(() => failing.read(1n)),
    { tag: "last-operation-failed", val: error },
  );
  assert.deepEqual(
    witErrorOf(() => failing.read(1n)),
    closed,
  );
});

test("a fault of a source is no stream error: it traps, and the stream is closed", () => {
  const stream = new InputStream(sourceOf(new RangeError("fault"), "never"));
  assert.throws(() => stream.read(1n), RangeError);
  assert.deepEqual(
    witErrorOf(() => stream.read(1n)),
    closed,
  );
});

test("dropping a stream closes what is behind it once, and nothing can be done with it after", () => {
  const source = sourceOf("abc");
  const input = new InputStream(source);
  const target = targetOf(10);
  const output = new OutputStream(target);
  for (const stream of [input, input, output, output]) stream[Symbol.dispose]();
  assert.deepEqual([source.closed, target.closed], [1, 1]);
  assert.deepEqual(
    witErrorOf(() => input.read(1n)),
    closed,
  );
  assert.deepEqual(
    witErrorOf(() => output.write(new Uint8Array(1))),
    closed,
  );
});

test("writing more than check-write permits traps and writes nothing", () => {
  const target = targetOf(4);
  const stream = new OutputStream(target);
  assert.equal(stream.checkWrite(), 4n);
  stream.write(new Uint8Array(4));
  assert.equal(target.written.length, 4);
  assert.throws(() => stream.write(new Uint8Array(5)), brokeContract);
  assert.equal(target.written.length, 4);
  const zeroes = new OutputStream(targetOf(4));
  assert.throws(() => zeroes.writeZeroes(2n ** 64n - 1n), brokeContract);
});

test("a blocking write takes at most 4096 bytes, whatever room there is, and waits for it in pieces", () => {
  const target = targetOf(0, 3000, 3000, 0, 2000, 2000, 4096);
  const stream = new OutputStream(target);
  stream.blockingWriteAndFlush(new Uint8Array(4096));
  assert.equal(target.written.length, 4096);
  assert.equal(target.flushes, 1);
  assert.throws(() => stream.blockingWriteAndFlush(new Uint8Array(4097)), brokeContract);
  assert.throws(() => stream.blockingWriteZeroesAndFlush(4097n), brokeContract);
  stream.blockingWriteZeroesAndFlush(4n);
  assert.equal(target.written.length, 4100);
});

test("a splice moves no more than the target takes and the source has", () => {
  const target = targetOf(3);
  const stream = new OutputStream(target);
  const source = sourceOf("abc", "de");
  const input = new InputStream(source);
  assert.equal(stream.splice(input, 2n ** 64n - 1n), 3n);
  assert.equal(stream.blockingSplice(input, 2n), 2n);
  assert.deepEqual(source.asked, [3, 2]);
  assert.equal(target.written, "abcde");
  assert.equal(stream.splice(input, 0n), 0n);
  assert.deepEqual(
    witErrorOf(() => stream.splice(input, 1n)),
    closed,
  );
});

test("only objects of this host pass for streams, pollables and errors", async () => {
  const { functions } = await prepareGuest(ioPackage, {});
  // Answers to every name, as a real one would.
  const forged: unknown = new Proxy({}, { get: () => () => 0n });
  for (const [interfaceName, group] of Object.entries(functions)) {
    for (const [name, handle] of Object.entries(group)) {
      const host = openHostFunction(handle);
      const first = name === "poll" ? [forged] : forged;
      const act = () => host.call(...([first, forged, 1n] as never[]));
      assert.throws(act, /of this host/, `${interfaceName} ${name}`);
    }
  }
  const output = new OutputStream(targetOf(1));
  const splice = functions["streams"]?.["[method]output-stream.splice"];
  assert.ok(splice !== undefined);
  assert.throws(() => openHostFunction(splice).call(...([output, forged, 1n] as never[])), TypeError);
});

test("bytes that a guest writes count against its budget, also as zeroes and splices", async () => {
  const { functions } = await prepareGuest(ioPackage, {});
  const count = (name: string, ...args: unknown[]): number | undefined => {
    const handle = functions["streams"]?.[`[method]output-stream.${name}`];
    return handle && openHostFunction(handle).bytesOut?.(...([undefined, ...args] as never[]));
  };
  assert.equal(count("write", new Uint8Array(7)), 7);
  assert.equal(count("blocking-write-and-flush", new Uint8Array(7)), 7);
  assert.equal(count("write-zeroes", 9n), 9);
  assert.equal(count("blocking-write-zeroes-and-flush", 9n), 9);
  assert.equal(count("splice", undefined, 5n), 5);
  assert.equal(count("blocking-splice", undefined, 2n ** 64n - 1n), 1 << 20);
});
