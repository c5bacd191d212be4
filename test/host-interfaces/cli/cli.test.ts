import assert from "node:assert/strict";
import { test } from "vitest";
import { z } from "zod";
import { environmentGrants } from "../../../host-interfaces/cli/environment-grant.js";
import { cliPackage } from "../../../host-interfaces/cli/index.js";
import type { InputStream, OutputStream } from "../../../host-interfaces/io/index.js";
import { prepareGuest } from "../io/call-host.js";
import { ExitForTest } from "../instance-context.js";
import { witErrorOf } from "../wit-error.js";

const environment = "wasi:cli/environment";
const env = { REGION: "eu", APP_NAME: "a", APP_MODE: "b", APPLE: "c", SECRET: "s", __proto__x: "p" };

async function visible(allow: readonly string[], deny: readonly string[] = []): Promise<unknown> {
  const guest = await prepareGuest(
    cliPackage,
    { env },
    { allow: { [environment]: allow }, deny: { [environment]: deny } },
  );
  return (guest.call("environment", "get-environment") as [string, string][]).map(([key]) => key);
}

test("a guest sees the environment keys that a rule names, and no other", async () => {
  assert.deepEqual(await visible([]), []);
  assert.deepEqual(await visible(["REGION"]), ["REGION"]);
  assert.deepEqual(await visible(["APP_*", "SECRE"]), ["APP_NAME", "APP_MODE"]);
  assert.deepEqual(await visible(["*"], ["SECRET", "__*"]), ["REGION", "APP_NAME", "APP_MODE", "APPLE"]);
  assert.deepEqual(await visible(["region", "REGION2", "toString"]), []);
});

test("nothing of the process shows in environment, arguments or folder", async () => {
  const guest = await prepareGuest(cliPackage, { args: ["app", "one"] }, { allow: { [environment]: ["*"] } });
  assert.deepEqual(guest.call("environment", "get-environment"), []);
  assert.deepEqual(guest.call("environment", "get-arguments"), ["app", "one"]);
  assert.equal(guest.call("environment", "initial-cwd"), undefined);
});

test("an environment grant is a key or a prefix, and a star stands only at the end", () => {
  for (const good of ["REGION", "APP_*", "*", "with.dot", "a b"]) {
    assert.ok(environmentGrants.schema(z).safeParse(good).success, good);
  }
  for (const bad of ["", "A*B", "**", "*A", "A=B", "A\0", 1, ["A"]]) {
    assert.equal(environmentGrants.schema(z).safeParse(bad).success, false, String(bad));
  }
});

test("of several grants the first that covers a key decides", () => {
  const grants = ["A_*", "B", "A_B", "*"].map((grant, index) => ({ order: 3 - index, grant }));
  const covers = environmentGrants.compile(grants, "allow");
  assert.deepEqual(
    ["A_B", "A_C", "B", "C"].map((key) => covers({ key })),
    [0, 0, 0, 0],
  );
  const some = environmentGrants.compile(grants.slice(0, 3), "allow");
  assert.deepEqual(
    ["A_B", "A_C", "B", "C"].map((key) => some({ key })),
    [1, 3, 2, -1],
  );
  assert.equal(some({ key: 1 }), -1);
  assert.equal(some({}), -1);
});

test("the lines that would grant a key quote it", () => {
  const site = { interface: environment, function: "get-environment" };
  assert.equal(
    environmentGrants.suggest(site, { key: 'A"\n- b' }),
    '- interface: wasi:cli/environment\n  env: ["A\\"\\n- b"]',
  );
});

test("exit ends the run with the guest's code", async () => {
  const guest = await prepareGuest(cliPackage, {});
  for (const [name, status, code] of [
    ["exit", { tag: "ok", val: undefined }, 0],
    ["exit", { tag: "err", val: undefined }, 1],
    ["exit-with-code", 42, 42],
  ] as const) {
    assert.throws(
      () => guest.call("exit", name, status),
      (error) => error instanceof ExitForTest && error.code === code,
    );
  }
});

test("there is never a terminal", async () => {
  const guest = await prepareGuest(cliPackage, {});
  for (const name of ["stdin", "stdout", "stderr"]) {
    assert.equal(guest.call(`terminal-${name}`, `get-terminal-${name}`), undefined);
  }
});

for (const name of ["stdout", "stderr"] as const) {
  test(`${name} goes to the run's own sink, in order`, async () => {
    const written: Uint8Array[] = [];
    const guest = await prepareGuest(cliPackage, {
      [name]: { write: (bytes: Uint8Array) => written.push(bytes) },
    });
    const stream = guest.call(name, `get-${name}`) as OutputStream;
    assert.equal(stream.checkWrite(), 65536n);
    stream.write(new TextEncoder().encode("one "));
    (guest.call(name, `get-${name}`) as OutputStream).blockingWriteAndFlush(new TextEncoder().encode("two"));
    stream.flush();
    assert.equal(Buffer.concat(written).toString(), "one two");
    assert.throws(() => stream.write(new Uint8Array(65537)));
  });
}

test("stdin is what the run was given and then its end", async () => {
  const guest = await prepareGuest(cliPackage, {
    stdin: { kind: "bytes", bytes: new TextEncoder().encode("hello") },
  });
  const stream = guest.call("stdin", "get-stdin") as InputStream;
  assert.deepEqual(stream.read(2n), new TextEncoder().encode("he"));
  const again = guest.call("stdin", "get-stdin") as InputStream;
  stream[Symbol.dispose]();
  assert.deepEqual(again.blockingRead(100n), new TextEncoder().encode("llo"));
  assert.deepEqual(
    witErrorOf(() => again.read(1n)),
    { tag: "closed" },
  );

  const empty = await prepareGuest(cliPackage, {});
  const nothing = empty.call("stdin", "get-stdin") as InputStream;
  assert.deepEqual(
    witErrorOf(() => nothing.blockingRead(1n)),
    { tag: "closed" },
  );
});
