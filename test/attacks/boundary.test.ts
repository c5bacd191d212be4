import { isHostCall } from "wrun";
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Arena, type Fight, fight, openArena, policyOf, rule } from "./harness.js";

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

/** What every one of these guests prints if the host let it go on. */
function assertTrapped({ report, output }: Fight, reason: RegExp): void {
  assert.equal(report.outcome.kind, "trapped");
  assert.equal(report.outcome.exitCode, 114);
  assert.match(JSON.stringify(report.outcome), reason);
  assert.ok(!/survived|forged/.test(output), output);
}

describe("a guest that forges handles", () => {
  const attack = (choice: number): Promise<Fight> =>
    fight(arena, "forge-handle", {
      policy: policyOf([rule.environment, rule.input, rule.http]),
      args: ["forge-handle", String(choice)],
      stdin: { kind: "bytes", bytes: Buffer.from("input") },
    });
  for (const [choice, what] of [
    [0, "a number out of the air"],
    [1, "handle 0"],
    [2, "a handle after its drop"],
    [3, "an input stream for an output stream"],
    [4, "a second drop"],
    [5, "a stream for a pollable"],
    [6, "a drop of a stream as a pollable"],
    [7, "fields that it gave away already"],
    [8, "the largest handle there is"],
  ] as const) {
    it(`traps with ${what}, before any record of such a call`, async () => {
      const came = await attack(choice);
      assertTrapped(came, /unknown handle/);
      // Every intent has its outcome. The forged call has neither.
      const records = [...arena.runtime.readRun(came.report.run)];
      const intents = records.filter(({ kind }) => kind === "intent").length;
      assert.equal(records.filter(({ kind }) => kind === "outcome").length, intents);
      const names = records.flatMap((record) => (isHostCall(record) ? [record.body.function] : []));
      assert.ok(!names.includes("[method]output-stream.blocking-write-and-flush"), names.join(", "));
    });
  }

  it("may drop a stream before a pollable that it made of it, and the host does not mind", async () => {
    const { report, output } = await attack(9);
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
    assert.equal(output, "survived 9\n");
  });
});

describe("a guest whose pointers and lengths are wrong", () => {
  const attack = (choice: number): Promise<Fight> =>
    fight(arena, "bad-realloc", {
      policy: policyOf([rule.environment]),
      args: ["bad-realloc", String(choice)],
    });
  for (const [choice, what, reason] of [
    [0, "cabi_realloc out of range", /outside the memory of the guest/],
    [3, "cabi_realloc at the last byte", /outside the memory of the guest/],
    [4, "cabi_realloc that traps", /unreachable/],
    [6, "bytes out of range", /outside the memory of the guest/],
    [7, "an address and a length whose sum wraps", /outside the memory of the guest/],
    [8, "an address out of range for the result", /outside the memory of the guest/],
  ] as const) {
    it(`traps with ${what}`, async () => assertTrapped(await attack(choice), reason));
  }

  // What follows stays in the guest's own memory, and would harm nobody else; the Canonical ABI wants a trap for two.
  it("traps with an odd address from cabi_realloc", async () =>
    assertTrapped(await attack(1), /not aligned to 4/));

  it("may have what it gets at 0", async () => {
    const { report, output } = await attack(2);
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
    assert.equal(output, "survived 2\n");
  });

  it("traps where it calls the host from cabi_realloc, before any record of such a call", async () => {
    const came = await attack(5);
    assertTrapped(came, /calls out while it may not/);
    const functions = [...arena.runtime.readRun(came.report.run)].flatMap((record) =>
      isHostCall(record) ? [record.body.function] : [],
    );
    assert.ok(!functions.includes("[method]output-stream.blocking-write-and-flush"), functions.join(", "));
  });

  it("may grow its memory in cabi_realloc, and what it gets is right", async () => {
    assert.equal((await attack(9)).output, "last 9\nsurvived 9\n");
  });

  it("traps when `run` returns what is neither ok nor error", async () => {
    assertTrapped(await fight(arena, "bad-result"), /discriminant/);
  });

  it("has not succeeded when `run` returns its error", async () => {
    const { report } = await fight(arena, "exports-lie");
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 1 });
  });
});

describe("a guest whose strings are odd", () => {
  const attack = (guest: string, choice: number): Promise<Fight> =>
    fight(arena, guest, {
      policy: policyOf([rule.environment, rule.keyvalue, rule.log]),
      args: [guest, String(choice)],
      keyvalueFolder: arena.keyvalue,
    });
  const harmless = "log done\nopen error 1\nset ok\nget ok\nsurvived\n";

  for (const [guest, choice, what] of [
    ["odd-strings", 0, "__proto__"],
    ["odd-strings", 1, "constructor"],
    ["odd-strings", 5, ""],
    ["odd-strings", 6, "a\0b"],
    ["odd-strings", 7, "../../escape"],
    ["odd-strings", 9, "toString"],
    ["odd-strings-utf16", 0, "__proto__"],
    ["odd-strings-utf16", 5, ""],
    ["odd-strings-utf16", 6, "a\0b"],
    ["odd-strings-utf16", 7, "../../escape"],
  ] as const) {
    it(`gets nothing by ${JSON.stringify(what)} from ${guest}: a bucket that is not its own, a key like any`, async () => {
      const { report, output, events } = await attack(guest, choice);
      assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
      assert.equal(output, harmless);
      const said = events.flatMap((event) => (event.type === "log" ? [event.message] : []));
      assert.deepEqual(said, [what]);
      assert.deepEqual(
        events.flatMap((event) => (event.type === "denied" ? [event.function] : [])),
        ["open"],
      );
    });
  }

  for (const [guest, choice, what, reason] of [
    ["odd-strings", 2, "invalid UTF-8", /not valid for encoding/],
    ["odd-strings", 4, "the UTF-8 form of a surrogate", /not valid for encoding/],
    ["odd-strings", 8, "100 MiB out of range", /outside the memory of the guest/],
    ["odd-strings-utf16", 1, "a lone high surrogate", /not valid for encoding/],
    ["odd-strings-utf16", 2, "a lone low surrogate", /not valid for encoding/],
    ["odd-strings-utf16", 4, "a reversed pair", /not valid for encoding/],
    ["odd-strings-utf16", 8, "100 MiB out of range", /outside the memory of the guest/],
    ["odd-strings-utf16", 9, "an odd address", /not aligned to 2/],
  ] as const) {
    it(`traps with ${what} from ${guest}`, async () => {
      const came = await attack(guest, choice);
      assertTrapped(came, reason);
      assert.ok(!came.events.some(({ type }) => type === "log"));
    });
  }

  it("traps with 100 MiB in one string, if it has the memory for it", async () => {
    for (const guest of ["odd-strings", "odd-strings-utf16"]) {
      const came = await fight(arena, guest, {
        policy: policyOf(
          [rule.environment, rule.keyvalue, rule.log],
          "limits: { wall: 60s, memory: 256MiB }",
        ),
        args: [guest, "3"],
        keyvalueFolder: arena.keyvalue,
      });
      assertTrapped(came, /strings of one call have more than/);
    }
  });

  it("leaves nothing in the store's folder that is named by it", async () => {
    await attack("odd-strings", 7);
    for (const name of await readdir(arena.keyvalue, { recursive: true }))
      assert.match(name, /^[a-z0-9./_-]+$/, name);
    assert.deepEqual(
      (await readdir(arena.folder)).toSorted(),
      ["data", "home", "keyvalue"],
      "nothing beside the arena's own folders",
    );
  });
});

describe("a guest whose names are those of properties that every object has", () => {
  const call = async (text: string): Promise<unknown> => {
    const { report } = await fight(arena, "proto-names", { invocation: { kind: "function", text } });
    return report.outcome.kind === "returned" ? report.outcome.wave : report.outcome;
  };

  it("gets back each value that it was given", async () => {
    const record = "{constructor: 1, to-string: 2, value-of: 3, has-own-property: 4}";
    assert.equal(await call(`to-string(${record})`), record);
    assert.equal(await call("value-of({constructor, proto})"), "{constructor, proto}");
    assert.equal(await call("has-own-property(constructor(7))"), "constructor(7)");
    assert.equal(await call("has-own-property(proto)"), "proto");
    assert.equal(await call("constructor(value-of)"), "value-of");
  });
});
