import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { inspectComponent, isHostCall, type RunOutcome, toComponent } from "wrun";
import {
  type Arena,
  type Fight,
  type FightOptions,
  fight,
  guestBytes,
  openArena,
  policyOf,
  rule,
} from "../attacks/harness.js";
import { assemble } from "../component/sample-components.js";

/** `acme:billing/ledger`, beside the packages of wrun. */
const withLedger = new URL("../runtime/acme-billing.js", import.meta.url);
const binaries = fileURLToPath(new URL("../../guests/bin/", import.meta.url));

let arena: Arena;
beforeAll(async () => {
  arena = await openArena({ hostPackages: withLedger });
});
afterAll(() => arena.close());

const success: RunOutcome = { kind: "exited", exitCode: 0 };

describe("a command of WASI 0.2", () => {
  for (const version of ["0.2.0", "0.2.3", "0.2.6", "0.2.12"]) {
    it(`runs if it was built for ${version}, under one and the same policy`, async () => {
      const bytes = await guestBytes(`hello-${version}`);
      const asked = inspectComponent(bytes).imports.interfaces.map(({ name }) => name);
      assert.ok(asked.length > 0 && asked.every((name) => name.endsWith(`@${version}`)), asked.join(", "));
      const { report, output } = await fight(arena, `hello-${version}`);
      assert.deepEqual(report.outcome, success);
      assert.match(output, /^hello/);
    });
  }

  it("runs if it is written in C", async (t) => {
    if (!existsSync(join(binaries, "wordcount-c.wasm"))) return t.skip("the C guest was not built: no clang");
    const folder = join(arena.data, "texts");
    await mkdir(folder);
    await writeFile(join(folder, "one.txt"), "one two\nthree\n");
    await writeFile(join(folder, "two.txt"), "four\n");
    const { report, output } = await fight(arena, "wordcount-c", {
      policy: policyOf(
        [
          rule.clocks,
          rule.environment,
          rule.input,
          rule.random,
          '{ id: err, interface: "wasi:cli/stderr" }',
          '{ id: fs, interface: "wasi:filesystem/*", fs: [{ root: data, prefix: /texts, rights: [read, list, write, create, delete] }] }',
        ],
        "limits: { wall: 60s, memory: 64MiB }",
      ),
      args: ["wordcount-c", "/data/texts"],
      roots: [{ name: "data", host: arena.data, guest: "/data" }],
    });
    assert.deepEqual(report.outcome, success, output);
    assert.match(output, /report \/data\/texts\/report\.txt \d+ bytes/);
    assert.deepEqual((await readdir(folder)).toSorted(), ["one.txt", "report.txt", "two.txt"]);
    assert.match(await readFile(join(folder, "report.txt"), "utf8"), /4/);
  });
});

describe("a module of WASI 0.1", () => {
  const run = (arg?: string, more: FightOptions = {}): Promise<Fight> =>
    fight(arena, "p1", {
      // What the adapter to WASI 0.2 imports, though the module uses little of it.
      policy: policyOf([
        rule.clocks,
        rule.environment,
        rule.input,
        '{ id: err, interface: "wasi:cli/stderr" }',
        '{ id: fs, interface: "wasi:filesystem/*", fs: [] }',
      ]),
      args: ["p1", ...(arg === undefined ? [] : [arg])],
      ...more,
    });

  it("is adapted on its way in, and runs", async () => {
    const { report, output } = await run();
    assert.deepEqual(report.outcome, success);
    assert.equal(output, "hello\n");
    const [genesis] = arena.runtime.readRun(report.run);
    const provenance = JSON.stringify(genesis?.kind === "genesis" && genesis.body["provenance"]);
    assert.match(provenance, /"adaptedFrom":"sha256:[0-9a-f]{64}"/, "what it was made from is on record");
  });

  it("gets its arguments, and ends with the code that it exits with", async () => {
    const { report, output } = await run("one");
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 3 });
    assert.equal(output, "one\n");
  });

  it("ends with its code also where somebody else adapted it", async () => {
    const { bytes } = await toComponent(await guestBytes("p1"));
    const component = { kind: "bytes", name: "adapted", bytes, allowUnsigned: true } as const;
    const { report } = await run("one", { component });
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 3 });
  });

  it("ends with a code of its own wherever in the range that is", async () => {
    for (const [written, exitCode] of [
      [110, 110],
      [-1, 255],
      [256, 1],
      [0, 0],
    ]) {
      const bytes = await assemble(`(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (i32.const ${written}))))`);
      const component = { kind: "bytes", name: "exits", bytes, allowUnsigned: true } as const;
      const { report } = await run("one", { component });
      assert.deepEqual(report.outcome, { kind: "exited", exitCode });
    }
  });
});

describe("a composed component", () => {
  it("runs, and what its parts say to each other is no host call", async () => {
    const { report, output } = await fight(arena, "composed");
    assert.deepEqual(report.outcome, success);
    assert.equal(output, "the answer is 42\n");
    const calls = [...arena.runtime.readRun(report.run)].flatMap((record) =>
      isHostCall(record) ? [record.body.interface] : [],
    );
    assert.ok(calls.length > 0 && calls.every((name) => name.startsWith("wasi:")), calls.join(", "));
  });
});

describe("a component with typed exports", () => {
  const limits = "limits: { wall: 60s, memory: 64MiB }";
  const call = async (guest: string, text: string, policy: string): Promise<unknown> => {
    const { report } = await fight(arena, guest, { policy, invocation: { kind: "function", text } });
    return report.outcome.kind === "returned" ? report.outcome.wave : report.outcome;
  };

  it("keeps what a function returned out of the seal, as the values of host calls are kept out", async () => {
    const invocation = { kind: "function", text: 'invoices.greet("W\\u{f6}rld")' } as const;
    const { report } = await fight(arena, "invoices", { policy: policyOf([], limits), invocation });
    assert.equal(report.outcome.kind === "returned" && report.outcome.wave, '"Hello, Wörld!"');
    const seal = [...arena.runtime.readRun(report.run)].at(-1);
    assert.equal(seal?.kind, "seal");
    assert.deepEqual((seal.body as { outcome?: unknown }).outcome, { kind: "returned", exitCode: 0 });
  });

  for (const [text, result] of [
    ["add(2, 3)", "5"],
    ["add(4294967295, 1)", "0"],
    ['greet("W\\u{f6}rld")', '"Hello, Wörld!"'],
    ["sum([1, -2, 3000000000])", "2999999999"],
    ["sum([])", "0"],
    ["invert({paid, needs-review})", "{shipped}"],
    ["next-size(small)", "some(medium)"],
    ["next-size(large)", "none"],
    ['apply({amount: 1000, currency: "eur"}, percent(25))', 'ok({amount: 750, currency: "eur"})'],
    ['apply({amount: 1000, currency: "eur"}, %none)', 'ok({amount: 1000, currency: "eur"})'],
    [
      'apply({amount: 1000, currency: "eur"}, fixed({amount: 1, currency: "usd"}))',
      'err(mixed-currencies(("eur", "usd")))',
    ],
    ["split(\"a-b-c\", '-')", '["a", "b", "c"]'],
    ["statistics([1, 2, 3, 4])", "(2.5, 1.118033988749895)"],
    ["is-paid({shipped})", "false"],
    ["maybe(none)", '"none"'],
    ["maybe(some(none))", '"some(none)"'],
    ['maybe(some(some("x")))', '"some(some(x))"'],
  ] as const) {
    it(`returns ${result} for ${text}`, async () => {
      assert.equal(await call("invoices", `invoices.${text}`, policyOf([], limits)), result);
    });
  }

  for (const [text, result] of [
    ['invoice("acme").customer()', '"acme"'],
    ['invoices.invoice("acme").total(%none)', "err(empty)"],
    [
      'invoice.of-lines("acme", [{text: "a", quantity: 2, price: {amount: 5, currency: "eur"}}]).total(percent(50))',
      'ok({amount: 5, currency: "eur"})',
    ],
    [
      'invoice("a").merge(invoice.of-lines("b", [{text: "a", quantity: 2, price: {amount: 5, currency: "eur"}}]))',
      "1",
    ],
    ['invoice("acme")', "<invoice>"],
  ] as const) {
    it(`returns ${result} for ${text}, which is in TypeScript`, async () => {
      assert.equal(await call("invoices", text, policyOf([], limits)), result);
    });
  }

  it("passes lists, variants, records and a resource of the host in both directions", async () => {
    const policy = policyOf(['{ id: ledger, interface: "acme:billing/ledger" }'], limits);
    assert.equal(await call("ledger", 'desk.ask("acme", 1000)', policy), "ok(10)");
    assert.equal(await call("ledger", 'desk.ask("nobody", 1)', policy), 'err(unknown-account("nobody"))');
    assert.equal(await call("ledger", 'desk.post("acme", [1, 2, 3])', policy), "ok(6)");
    assert.equal(await call("ledger", "desk.known()", policy), '["acme", "globex"]');
    assert.equal(
      await call("ledger", 'desk.move-all("acme", ["globex", "nobody", "globex"], 3000)', policy),
      '["globex: moved 3000", "nobody: unknown-account (nobody)", "globex: over-limit (2000)"]',
    );
  });

  it("is held to argument rules on an interface that is not of WASI, and goes on after a denial", async () => {
    const policy = policyOf(
      [
        '{ id: quote, interface: "acme:billing/ledger", functions: [quote], args: [{ path: amount, max: 1000 }] }',
      ],
      limits,
    );
    assert.equal(await call("ledger", 'desk.ask("acme", 1000)', policy), "ok(10)");
    assert.equal(await call("ledger", 'desk.ask("acme", 1001)', policy), "err(denied)");
    assert.equal(await call("ledger", 'desk.move-all("acme", ["globex"], 1)', policy), '["globex: denied"]');
  });
});

describe("a component that exports a resource", () => {
  const ask = async (text: string): Promise<readonly [unknown, unknown, string]> => {
    const { report, output } = await fight(arena, "counters", { invocation: { kind: "function", text } });
    const { outcome } = report;
    if (outcome.kind !== "returned") return [outcome, undefined, output];
    return [outcome.wave, JSON.parse(outcome.json), output];
  };

  for (const [what, text, wave, json, output] of [
    ["a constructor and a method", "counters.counter(5).add(3)", "8", 8, "dropped 8\n"],
    ["a static function", 'counters.counter.from-text("7").get()', "7", 7, "dropped 7\n"],
    [
      "the err of what should have given a handle",
      'counter.from-text("x").add(1)',
      'err("not a number")',
      { err: "not a number" },
      "",
    ],
    ["a handle in some", "counter(9).halve().add(1)", "5", 5, "dropped 5\ndropped 5\n"],
    ["the none of what should have given one", "counter(1).halve().add(1)", "none", null, "dropped 1\n"],
    ["a lent handle", "counter(5).take(counter(3))", "8", 8, "dropped 0\ndropped 8\n"],
    [
      "given handles, which the component itself drops",
      "counter.sum(counter(1), counter(2)).get()",
      "3",
      3,
      "dropped 1\ndropped 2\ndropped 3\n",
    ],
    ["a list of lent handles", "total([counter(1), counter(2)])", "3", 3, "dropped 2\ndropped 1\n"],
    ["a given handle in an option", "close(some(counter(4)))", "4", 4, "dropped 4\n"],
    ["a handle", "counter(5)", "<counter>", { resource: "counter" }, "dropped 5\n"],
    [
      "a handle in a result",
      'counter.from-text("12")',
      "ok(<counter>)",
      { ok: { resource: "counter" } },
      "dropped 12\n",
    ],
    [
      "a list of handles",
      "several([1, 2])",
      "[<counter>, <counter>]",
      [{ resource: "counter" }, { resource: "counter" }],
      "dropped 2\ndropped 1\n",
    ],
  ] as const) {
    it(`gives ${what}, and has each handle dropped once`, async () => {
      assert.deepEqual(await ask(text), [wave, json, output]);
    });
  }

  it("is called only if the whole chain can be, so that a mistake at its end does nothing", async () => {
    const mistakes: readonly (readonly [string, string])[] = [
      ["counter(5).add(1).add(2)", "METHOD_ON_VALUE"],
      ["counter(5).ad(1)", "METHOD_UNKNOWN"],
      ["counter(5).take(counter(1).halve(), counter(2))", "WAVE_SYNTAX"],
      ["total([counter(1), counters(2)])", "EXPORT_UNKNOWN"],
      ["counter.add(5)", "EXPORT_IS_METHOD"],
    ];
    for (const [text, code] of mistakes) {
      const [outcome, , output] = await ask(text);
      assert.equal((outcome as { code?: string }).code, code, text);
      assert.equal(output, "", text);
    }
  });
});
