import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { RunOutcome } from "wrun";
import { assemble } from "../component/sample-components.js";
import { type Arena, fight, linkBeforehand, openArena, policyOf } from "./harness.js";

const child = fileURLToPath(new URL("./large-values-child.js", import.meta.url));
/** A process without a guest has some 100 MiB, and the guest has 64. Uncontained it would be gigabytes. */
const mostMiB = 700;

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
  await linkBeforehand(arena, ["deep-values"]);
});
afterAll(() => arena.close());

interface Came {
  readonly outcome: RunOutcome;
  readonly output: string;
  readonly stored: readonly string[];
  readonly peakMiB: number;
}

async function attack(choice: number, memory = "64MiB"): Promise<Came> {
  const { stdout } = await promisify(execFile)(process.execPath, [child, arena.home, String(choice), memory]);
  return JSON.parse(stdout) as Came;
}

/** What was stored, folders aside: entries are files with names of 64 digits. */
function entries({ stored }: Came): readonly string[] {
  return stored.filter((name) => /[0-9a-f]{64}$/.test(name));
}

describe("a guest whose values are small inside and large outside", () => {
  const trapped: readonly (readonly [number, string, RegExp])[] = [
    [
      0,
      "65,536 values for the store, all the same megabyte",
      /together larger than the memory|more than 32768 items/,
    ],
    [1, "a list of four million handles", /more than 32768 items|more than 4096 entries/],
    [3, "65,536 HTTP fields, all the same megabyte", /together larger than the memory|more than 32768 items/],
    [4, "a terabyte of random bytes", /get-random-bytes/],
    [5, "a terabyte of zeroes", /limits\.bytesOut/],
    [7, "a list of four gigabytes", /outside the memory/],
    [8, "131,072 keys, all the same megabyte", /strings of one call|more than 32768 items/],
    [9, "as many empty keys as fit into its memory", /more than 32768 items/],
  ];
  for (const [choice, what, reason] of trapped) {
    it(`traps with ${what}, and the host stays small`, async () => {
      const came = await attack(choice);
      assert.equal(came.outcome.kind, "trapped");
      assert.match(JSON.stringify(came.outcome), reason);
      assert.ok(!came.output.includes("survived"), came.output);
      assert.deepEqual(entries(came), []);
      assert.ok(came.peakMiB < mostMiB, `${came.peakMiB} MiB`);
    });
  }

  it("traps with a value that is too large for any call, and stores nothing", async () => {
    const came = await attack(2);
    assert.equal(came.outcome.kind, "trapped");
    assert.match(JSON.stringify(came.outcome), /more than 10485760 bytes/);
    assert.deepEqual(entries(came), []);
    assert.ok(came.peakMiB < mostMiB, `${came.peakMiB} MiB`);
  });

  it("gets what there is when it wants to read 2^63 bytes", async () => {
    const came = await attack(6);
    assert.deepEqual(came.outcome, { kind: "exited", exitCode: 0 });
    assert.ok(came.peakMiB < mostMiB, `${came.peakMiB} MiB`);
  });

  it("cannot end the process with a list that no heap holds, whatever memory it was given", async () => {
    const came = await attack(9, "1GiB");
    assert.equal(came.outcome.kind, "trapped");
    assert.match(JSON.stringify(came.outcome), /more than 32768 items/);
  });
});

describe("a guest whose result is large", () => {
  /** Exports `big`, which returns so many bytes of its memory as a list or as a string. */
  const returning = (type: "(list u8)" | "string", bytes: number): Promise<Uint8Array> => {
    const pages = Math.ceil(bytes / 65_536) + 1;
    return assemble(`(component
      (core module $code
        (memory (export "memory") ${pages} ${pages})
        (func (export "big") (result i32)
          (memory.fill (i32.const 8) (i32.const 120) (i32.const ${bytes}))
          (i32.store (i32.const 0) (i32.const 8))
          (i32.store (i32.const 4) (i32.const ${bytes}))
          (i32.const 0)))
      (core instance $code (instantiate $code))
      (func $big (result ${type}) (canon lift (core func $code "big") (memory (core memory $code "memory"))))
      (export "big" (func $big)))`);
  };

  const call = async (type: "(list u8)" | "string", bytes: number): Promise<RunOutcome> => {
    const { report } = await fight(arena, "big", {
      component: { kind: "bytes", name: "big", bytes: await returning(type, bytes), allowUnsigned: true },
      policy: policyOf([], "limits: { wall: 60s, memory: 512MiB }"),
      invocation: { kind: "function", text: "big()" },
    });
    return report.outcome;
  };

  it("has it printed if it is of a size that a person could read", async () => {
    const outcome = await call("string", 1000);
    assert.deepEqual(outcome.kind === "returned" ? outcome.wave : outcome, `"${"x".repeat(1000)}"`);
  });

  it("traps with a list of numbers that no array holds, before it is copied", async () => {
    const outcome = await call("(list u8)", 400 << 20);
    assert.equal(outcome.kind, "trapped");
    assert.match(JSON.stringify(outcome), /limits\.memory: \d+ bytes in the guest and \d+ behind/);
  });

  it("traps with a list of numbers or a string that is too long to be printed, whatever the memory", async () => {
    for (const [type, bytes] of [
      ["(list u8)", 2 << 20],
      ["string", 20 << 20],
    ] as const) {
      const outcome = await call(type, bytes);
      assert.equal(outcome.kind, "trapped");
      assert.match(JSON.stringify(outcome), /result has more than/);
    }
  });
});
