import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "vitest";
import { Worker } from "node:worker_threads";
import { keyvaluePackage } from "../../../host-interfaces/keyvalue/index.js";
import { thisProcess } from "../../../runtime/files/index.js";
import { openPackage, temporaryFolder, type Opened } from "../http/opened-package.js";
import { contextWith } from "../instance-context.js";
import { witErrorOf } from "../wit-error.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const plain = (value: unknown): string => new TextDecoder().decode(value as Uint8Array);

const allButSecrets = (_site: unknown, facts: Readonly<Record<string, unknown>>) =>
  !String(facts["key"]).startsWith("secret/");
const tag = (work: () => unknown) => (witErrorOf(work) as { tag: string }).tag;

async function openStore(t: TestContext): Promise<{ kv: Opened; folder: string }> {
  const folder = await temporaryFolder(t);
  return { kv: await openPackage(keyvaluePackage, contextWith({ keyvalueFolder: folder })), folder };
}

test("a value that was set is there for the next reader, and gone when deleted", async (t) => {
  const { kv } = await openStore(t);
  const bucket = kv.call("store", "open", "notes");
  assert.equal(kv.call("store", "[method]bucket.get", bucket, "a"), undefined);
  kv.call("store", "[method]bucket.set", bucket, "a", bytes("one"));
  const again = kv.call("store", "open", "notes");
  assert.equal(plain(kv.call("store", "[method]bucket.get", again, "a")), "one");
  assert.equal(kv.call("store", "[method]bucket.exists", again, "a"), true);
  kv.call("store", "[method]bucket.delete", again, "a");
  kv.call("store", "[method]bucket.delete", again, "a");
  assert.equal(kv.call("store", "[method]bucket.exists", bucket, "a"), false);
});

test("no bucket name and no key leads out of the store or onto another one", async (t) => {
  const { kv, folder } = await openStore(t);
  const hostile = [
    "../x",
    "/etc/passwd",
    "..",
    ".",
    "",
    "a/../b",
    "A",
    "a",
    "a ",
    "a.",
    "con",
    "__proto__",
    "é",
    "e\u0301",
    "\0",
    "x".repeat(200),
  ];
  for (const name of hostile) {
    const bucket = kv.call("store", "open", name);
    for (const key of hostile) kv.call("store", "[method]bucket.set", bucket, key, bytes(`${name}|${key}`));
  }
  for (const name of hostile) {
    const bucket = kv.call("store", "open", name);
    for (const key of hostile) {
      assert.equal(plain(kv.call("store", "[method]bucket.get", bucket, key)), `${name}|${key}`);
    }
  }
  const names = await readdir(folder, { recursive: true });
  assert.equal(names.length, hostile.length * (hostile.length + 1));
  for (const name of names) assert.match(name, /^(b-[a-z0-9-]+|h-[0-9a-f]{64})(\/[0-9a-f]{64})?$/);
});

test("a run without a store has no buckets", async () => {
  const kv = await openPackage(keyvaluePackage, contextWith());
  assert.deepEqual(
    witErrorOf(() => kv.call("store", "open", "notes")),
    { tag: "no-such-store" },
  );
});

test("sizes beyond the limits are refused before anything is written", async (t) => {
  const { kv, folder } = await openStore(t);
  const bucket = kv.call("store", "open", "notes");
  assert.equal(
    tag(() => kv.call("store", "[method]bucket.set", bucket, "k".repeat(1025), bytes("x"))),
    "other",
  );
  assert.equal(
    tag(() => kv.call("store", "[method]bucket.set", bucket, "k", new Uint8Array((8 << 20) + 1))),
    "other",
  );
  assert.equal(
    tag(() => kv.call("store", "open", "n".repeat(257))),
    "other",
  );
  assert.equal(
    tag(() => kv.facts("batch", "get-many", bucket, Array(1001).fill("k"))),
    "other",
  );
  assert.deepEqual(await readdir(join(folder, "b-notes")), []);
});

test("a damaged entry is an error and not a value", async (t) => {
  const { kv, folder } = await openStore(t);
  const bucket = kv.call("store", "open", "notes");
  kv.call("store", "[method]bucket.set", bucket, "a", bytes("one"));
  kv.call("store", "[method]bucket.set", bucket, "b", bytes("two"));
  const files = (await readdir(join(folder, "b-notes"))).map((name) => join(folder, "b-notes", name));
  const [first = "", second = ""] = files;
  await writeFile(first, await readFile(second));
  const damaged = ["a", "b"].filter((key) => {
    try {
      kv.call("store", "[method]bucket.get", bucket, key);
      return false;
    } catch {
      return true;
    }
  });
  assert.equal(damaged.length, 1);
  await writeFile(first, "garbage");
  await writeFile(second, "");
  for (const key of ["a", "b"]) {
    assert.deepEqual(
      witErrorOf(() => kv.call("store", "[method]bucket.get", bucket, key)),
      { tag: "other", val: "the stored value is damaged" },
    );
  }
});

test("list-keys pages through every key once, and shows only those that the policy permits", async (t) => {
  const folder = await temporaryFolder(t);
  const kv = await openPackage(
    keyvaluePackage,
    contextWith({ keyvalueFolder: folder, permits: allButSecrets }),
  );
  const bucket = kv.call("store", "open", "notes");
  const expected = Array.from({ length: 1100 }, (_, index) => `k${index}`);
  // The lock and the fsync are not what this test is about; set-many goes through them all the same.
  kv.call(
    "batch",
    "set-many",
    bucket,
    [...expected, "secret/1"].slice(0, 1000).map((key) => [key, bytes("v")]),
  );
  kv.call(
    "batch",
    "set-many",
    bucket,
    [...expected, "secret/1"].slice(1000).map((key) => [key, bytes("v")]),
  );
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = kv.call("store", "[method]bucket.list-keys", bucket, cursor) as {
      keys: string[];
      cursor?: string;
    };
    seen.push(...page.keys);
    cursor = page.cursor;
    const last = createHash("sha256").update(page.keys.at(-1) ?? "");
    if (cursor !== undefined) assert.equal(cursor, last.digest("hex"), "of a key that was shown");
  } while (cursor !== undefined);
  assert.deepEqual(seen.sort(), expected.sort());
  assert.equal(
    (witErrorOf(() => kv.call("store", "[method]bucket.list-keys", bucket, "../..")) as { tag: string }).tag,
    "other",
  );
});

test("a batch is decided on key by key", async (t) => {
  const { kv } = await openStore(t);
  const bucket = kv.call("store", "open", "notes");
  assert.deepEqual(kv.facts("batch", "get-many", bucket, ["a", "b"]), [
    { bucket: "notes", key: "a", access: "read" },
    { bucket: "notes", key: "b", access: "read" },
  ]);
  kv.call("batch", "set-many", bucket, [["a", bytes("1")]]);
  assert.deepEqual(kv.call("batch", "get-many", bucket, ["a", "b"]), [["a", bytes("1")], undefined]);
  kv.call("batch", "delete-many", bucket, ["a", "b"]);
  assert.deepEqual(kv.call("batch", "get-many", bucket, ["a"]), [undefined]);
});

test("increment counts in decimal digits, down as well as up, and refuses what it cannot count", async (t) => {
  const { kv } = await openStore(t);
  const bucket = kv.call("store", "open", "notes");
  assert.equal(kv.call("atomics", "increment", bucket, "n", 5n), 5n);
  assert.equal(kv.call("atomics", "increment", bucket, "n", -7n), -2n);
  assert.equal(plain(kv.call("store", "[method]bucket.get", bucket, "n")), "-2");
  kv.call("store", "[method]bucket.set", bucket, "n", bytes(String(2n ** 63n - 1n)));
  assert.equal(
    (witErrorOf(() => kv.call("atomics", "increment", bucket, "n", 1n)) as { tag: string }).tag,
    "other",
  );
  assert.equal(plain(kv.call("store", "[method]bucket.get", bucket, "n")), String(2n ** 63n - 1n));
  kv.call("store", "[method]bucket.set", bucket, "n", bytes("0x10"));
  assert.equal(
    (witErrorOf(() => kv.call("atomics", "increment", bucket, "n", 1n)) as { tag: string }).tag,
    "other",
  );
});

test("a swap succeeds only on the value that it saw, even if the same bytes were written in between", async (t) => {
  const { kv } = await openStore(t);
  const bucket = kv.call("store", "open", "notes");
  const cas = kv.call("atomics", "[static]cas.new", bucket, "k");
  assert.equal(kv.call("atomics", "[method]cas.current", cas), undefined);
  kv.call("atomics", "swap", cas, bytes("one"));
  const stale = kv.call("atomics", "[static]cas.new", bucket, "k");
  kv.call("store", "[method]bucket.set", bucket, "k", bytes("one"));
  const failure = witErrorOf(() => kv.call("atomics", "swap", stale, bytes("two"))) as {
    tag: string;
    val: unknown;
  };
  assert.equal(failure.tag, "cas-failed");
  assert.equal(plain(kv.call("store", "[method]bucket.get", bucket, "k")), "one");
  kv.call("atomics", "swap", failure.val, bytes("two"));
  assert.equal(plain(kv.call("store", "[method]bucket.get", bucket, "k")), "two");
});

test("concurrent increments of several threads are all counted", async (t) => {
  const { kv, folder } = await openStore(t);
  const module = new URL("../../../host-interfaces/keyvalue/bucket.js", import.meta.url).href;
  const files = new URL("../../../runtime/files/index.js", import.meta.url).href;
  const code = `
    const { workerData } = require("node:worker_threads");
    Promise.all([import(workerData.module), import(workerData.files)]).then(([{ Bucket }, files]) => {
      const bucket = new Bucket(workerData.folder, "notes", new files.Barrier(files.nothingOffLimits));
      for (let i = 0; i < 40; i++) {
        bucket.update("n", () => Buffer.from(String(Number(Buffer.from(bucket.read("n")?.value ?? "0").toString()) + 1)));
      }
    });`;
  const done = Array.from({ length: 4 }, () => {
    const worker = new Worker(code, { eval: true, workerData: { module, files, folder } });
    return new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  });
  await Promise.all(done);
  assert.equal(plain(kv.call("store", "[method]bucket.get", kv.call("store", "open", "notes"), "n")), "160");
});

test("a lock that a killed process left behind does not lock the key for ever", async (t) => {
  const { kv, folder } = await openStore(t);
  const bucket = kv.call("store", "open", "notes");
  kv.call("store", "[method]bucket.set", bucket, "a", bytes("one"));
  const [file = ""] = await readdir(join(folder, "b-notes"));
  const lock = join(folder, "b-notes", `${file}.lock`);
  await mkdir(lock);
  await writeFile(
    join(lock, "lock-000001"),
    JSON.stringify({ ...thisProcess(), pid: 2 ** 22 + 1, token: "x" }),
  );
  kv.call("store", "[method]bucket.set", bucket, "a", bytes("two"));
  assert.equal(plain(kv.call("store", "[method]bucket.get", bucket, "a")), "two");
  assert.deepEqual(await readdir(join(folder, "b-notes")), [file]);
});
