import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { InputStream, IoError, OutputStream } from "../../../host-interfaces/io/index.js";
import { witErrorOf } from "../wit-error.js";
import { fileGuest } from "./file-guest.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("a file is read through a stream from an offset to its end", async (t) => {
  const files = await fileGuest(t, { f: "0123456789" }, [{}]);
  const stream = files.types("[method]descriptor.read-via-stream", files.open("f"), 4n);
  assert.ok(stream instanceof InputStream);
  assert.deepEqual(stream.blockingRead(3n), bytes("456"));
  assert.equal(stream.skip(2n), 2n);
  assert.deepEqual(stream.read(2n ** 64n - 1n), bytes("9"));
  assert.deepEqual(
    witErrorOf(() => stream.blockingRead(1n)),
    { tag: "closed" },
  );
  assert.deepEqual(
    witErrorOf(() => stream.read(1n)),
    { tag: "closed" },
  );
});

test("a file is written through streams at an offset and at its end", async (t) => {
  const files = await fileGuest(t, { f: "abc" }, [{}]);
  const file = files.open("f", {}, { read: true, write: true });
  const at = files.types("[method]descriptor.write-via-stream", file, 1n);
  const end = files.types("[method]descriptor.append-via-stream", file);
  assert.ok(at instanceof OutputStream && end instanceof OutputStream);
  at.write(bytes("B"));
  end.blockingWriteAndFlush(bytes("d"));
  at.write(bytes("C"));
  writeFileSync(join(files.host, "f"), "+", { flag: "a" });
  end.write(bytes("e"));
  assert.equal(readFileSync(join(files.host, "f"), "latin1"), "aBCd+e");
});

test("bytes go from file to file through a splice", async (t) => {
  const files = await fileGuest(t, { from: "x".repeat(3_000_000), to: "" }, [{}]);
  const source = files.types("[method]descriptor.read-via-stream", files.open("from"), 0n) as InputStream;
  const target = files.types(
    "[method]descriptor.write-via-stream",
    files.open("to", {}, { write: true }),
    0n,
  ) as OutputStream;
  let moved = 0n;
  const all = () => {
    for (;;) moved += target.blockingSplice(source, 2n ** 64n - 1n);
  };
  assert.deepEqual(witErrorOf(all), { tag: "closed" });
  assert.equal(moved, 3_000_000n);
  assert.equal(readFileSync(join(files.host, "to"), "latin1"), "x".repeat(3_000_000));
});

test("an error of the file system reaches the guest as a stream error with its code, once", async (t) => {
  const files = await fileGuest(t, { f: "" }, [{}]);
  const file = files.open("f", {}, { write: true });
  const stream = files.types("[method]descriptor.write-via-stream", file, 2n ** 63n) as OutputStream;
  const failed = witErrorOf(() => stream.write(bytes("x"))) as { tag: string; val: unknown };
  assert.equal(failed.tag, "last-operation-failed");
  assert.ok(failed.val instanceof IoError);
  assert.equal(files.types("filesystem-error-code", failed.val), "file-too-large");
  assert.equal(failed.val.toDebugString().includes(files.host), false);
  assert.deepEqual(
    witErrorOf(() => stream.checkWrite()),
    { tag: "closed" },
  );
  assert.equal(files.types("filesystem-error-code", new IoError("of another kind")), undefined);
});
