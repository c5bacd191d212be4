import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { FunctionType, ValueType } from "../../../../runtime/component/wit-types.js";
import { durabilityLevel } from "../../../../runtime/lineage/in-worker.js";
import { type HostFunctionDefinition, WitError } from "../../../../runtime/sandbox/host-function.js";
import { type Behind, behindBothGates, type Setting, thing } from "./two-gates.js";

const u32: ValueType = { kind: "u32" };
const string: ValueType = { kind: "string" };
const bytes: ValueType = { kind: "list", element: { kind: "u8" } };
const fallible: ValueType = { kind: "result", ok: u32, err: { kind: "enum", cases: ["busy", "gone"] } };
const own: ValueType = { kind: "own", resource: thing };
const borrow: ValueType = { kind: "borrow", resource: thing };

function functionType(params: readonly ValueType[], result?: ValueType): FunctionType {
  return { params: params.map((type, index) => ({ name: `p${index}`, type })), result };
}

function setting(type: FunctionType, host: HostFunctionDefinition, more: Partial<Setting> = {}): Setting {
  return { type, host: () => host, ...more };
}

const ring = "ring" as const;
const text = "quoted — ünïcode";

/** What a call gives back: its value, or how it ended. */
function attempt(behind: Behind, values: (behind: Behind) => readonly unknown[]): unknown {
  Buffer.from(behind.memory.buffer).write(text, 64, "utf8");
  try {
    return { value: behind.call(...values(behind)) };
  } catch (error) {
    return { trap: error instanceof WebAssembly.RuntimeError, end: behind.end() };
  }
}

const textBytes = Buffer.byteLength(text);
const object = { name: "a thing" };

describe("the gate of a foreseen call does as the gate that decides at each call:", () => {
  const cases: readonly (readonly [string, Setting, (behind: Behind) => readonly unknown[]])[] = [
    [
      "numbers",
      setting(functionType([u32, u32], u32), { call: (a: number, b: number) => a + b, durability: ring }),
      () => [3, -1],
    ],
    [
      "strings and bytes",
      setting(functionType([string, bytes], string), {
        call: (a: string, b: Uint8Array) => a + b.length,
        durability: ring,
      }),
      () => [64, textBytes, 0, 100, 1024],
    ],
    ["nothing at all", setting(functionType([]), { call: () => undefined, durability: ring }), () => []],
    [
      "a result",
      setting(functionType([u32], fallible), { call: (a: number) => a, durability: ring }),
      () => [9, 1024],
    ],
    [
      "an error of WIT",
      setting(functionType([u32], fallible), {
        call: () => {
          throw new WitError("gone");
        },
        durability: ring,
      }),
      () => [9, 1024],
    ],
    [
      "an error of WIT where the function has none",
      setting(functionType([u32], u32), {
        call: () => {
          throw new WitError("gone");
        },
        durability: ring,
      }),
      () => [9],
    ],
    [
      "a host function that fails",
      setting(functionType([u32], fallible), {
        call: () => {
          throw new Error("out of order");
        },
        durability: ring,
      }),
      () => [9, 1024],
    ],
    [
      "an end that was asked for",
      {
        type: functionType([u32], fallible),
        host: ({ exit }) => ({ call: () => exit(3), durability: ring }),
      },
      () => [9, 1024],
    ],
    [
      "trust that goes while the call blocks",
      {
        type: functionType([u32], u32),
        host: ({ trust }) => ({ call: () => Number(trust.lower("revoked")), durability: ring }),
      },
      () => [9],
    ],
    [
      "a resource that is returned",
      setting(functionType([], own), { call: () => object, durability: ring }),
      () => [],
    ],
    [
      "a resource that is lent",
      setting(functionType([borrow, u32], u32), {
        call: (a: object, b: number) => Number(a === object) + b,
        durability: ring,
      }),
      (behind) => [behind.handles(object), 7],
    ],
    [
      "a resource that is given away",
      setting(functionType([own], u32), { call: (a: object) => Number(a === object), durability: ring }),
      (behind) => [behind.handles(object)],
    ],
    [
      "a handle that nobody has",
      setting(functionType([borrow], u32), { call: () => 1, durability: ring }),
      () => [5],
    ],
    [
      "more bytes than the run may let out",
      setting(
        functionType([bytes], u32),
        { call: () => 1, bytesOut: (b: Uint8Array) => b.length, durability: ring },
        { limits: { hostCalls: 10, bytesOut: 99 } },
      ),
      () => [0, 100],
    ],
    [
      "bytes that may be let out",
      setting(functionType([bytes], u32), {
        call: () => 1,
        bytesOut: (b: Uint8Array) => b.length,
        durability: ring,
      }),
      () => [0, 100],
    ],
    [
      "values that do not fit the ring in one piece",
      setting(functionType([bytes], bytes), { call: (b: Uint8Array) => b, durability: ring }),
      () => [0, 70_000, 1024],
    ],
    [
      "a host function that returns something of another type",
      setting(functionType([], string), { call: () => 12n, durability: ring }),
      () => [1024],
    ],
  ];
  for (const [what, given, values] of cases) {
    it(what, () => {
      const { asked, fused } = behindBothGates(given);
      assert.ok(fused.isForeseen, "the case is about generated code");
      const expected = attempt(asked, values);
      const came = attempt(fused, values);
      assert.deepEqual(kindOf(came), kindOf(expected));
      assert.deepEqual(fused.counts(), asked.counts());
      assert.deepEqual(fused.parts(), asked.parts());
      assert.deepEqual(Buffer.from(fused.memory.buffer), Buffer.from(asked.memory.buffer));
    });
  }
});

/** The words of a fault may differ, its kind may not. */
function kindOf(came: unknown): unknown {
  const { end } = came as { end?: { kind: string } };
  return end === undefined ? came : { ...(came as object), end: end.kind === "fault" ? "fault" : end };
}

describe("a foreseen call", () => {
  const plain = setting(functionType([u32], u32), { call: (a: number) => a, durability: ring });

  it("traps at once where trust is gone, and leaves no record", () => {
    const { fused } = behindBothGates(plain);
    fused.trust.lower("revoked");
    assert.deepEqual(
      attempt(fused, () => [1]),
      { trap: true, end: { kind: "untrusted" } },
    );
    assert.deepEqual(fused.parts(), []);
  });

  it("goes on when the deadline was moved on, and traps when it has passed", () => {
    const { fused } = behindBothGates({
      ...plain,
      host: ({ trust }) => ({
        call: (a: number) => {
          trust.extendDeadline(process.hrtime.bigint() + 7_200_000_000_000n);
          return a;
        },
        durability: ring,
      }),
    });
    assert.deepEqual(
      attempt(fused, () => [1]),
      { value: 1 },
    );
    assert.deepEqual(
      attempt(fused, () => [2]),
      { value: 2 },
    );
  });

  it("traps at every later call, whatever its arguments", () => {
    const { fused } = behindBothGates(plain);
    fused.trust.lower("degraded");
    attempt(fused, () => [1]);
    assert.deepEqual(
      attempt(fused, () => [2]),
      { trap: true, end: { kind: "untrusted" } },
    );
  });

  it("does not happen where its intent cannot be recorded", () => {
    let calls = 0;
    const { fused } = behindBothGates(
      setting(functionType([u32], u32), { call: () => (calls += 1), durability: ring }),
    );
    fused.ring.intent = () => {
      throw new Error("the writer is gone");
    };
    assert.deepEqual(
      attempt(fused, () => [1]),
      {
        trap: true,
        end: { kind: "unrecorded", reason: "the writer is gone" },
      },
    );
    assert.equal(calls, 0);
  });

  for (const durability of ["written", "durable"] as const) {
    it(`is not made where trust goes while its record waits to be ${durability}, and that is recorded`, () => {
      let calls = 0;
      const both = behindBothGates(
        setting(functionType([u32], u32), { call: () => (calls += 1), durability }),
      );
      const published = [both.asked, both.fused].map((behind) => {
        const { ring: itsRing, trust } = behind;
        const [intent, outcome] = [itsRing.intent.bind(itsRing), itsRing.outcome.bind(itsRing)];
        // Nobody writes what is in this ring: the wait is over at once, and trust with it.
        itsRing.intent = (at) => {
          intent(at, durabilityLevel.ring);
          trust.lower("revoked");
        };
        itsRing.outcome = (kind, at, error, bytesOut) =>
          outcome(kind, at, error, bytesOut, durabilityLevel.ring);
        assert.deepEqual(
          attempt(behind, () => [1]),
          { trap: true, end: { kind: "untrusted" } },
        );
        return behind.parts();
      });
      assert.equal(calls, 0);
      assert.equal(published[0]?.length, 2, "an intent, and that it came to nothing");
      assert.deepEqual(published[1], published[0]);
    });
  }

  it("is used up with the budget of calls", () => {
    const { fused } = behindBothGates({ ...plain, limits: { hostCalls: 2, bytesOut: 0 } });
    assert.deepEqual(
      attempt(fused, () => [1]),
      { value: 1 },
    );
    assert.deepEqual(
      attempt(fused, () => [2]),
      { value: 2 },
    );
    assert.match(JSON.stringify(attempt(fused, () => [3])), /limits\.hostCalls/);
  });

  it("is used up with the budget of records", () => {
    const { fused } = behindBothGates({ ...plain, limits: { lineage: 1024 } });
    assert.deepEqual(
      attempt(fused, () => [1]),
      { value: 1 },
    );
    assert.deepEqual(
      attempt(fused, () => [2]),
      { value: 2 },
    );
    assert.match(JSON.stringify(attempt(fused, () => [3])), /limits\.lineage/);
  });

  it("is none where a rule looks at arguments or has a rate, where it would be denied, or where it has facts", () => {
    const host: HostFunctionDefinition = { call: () => 1, durability: ring };
    const type = functionType([u32], u32);
    const denial = { verdict: "deny", rule: null, onViolation: "deny", reason: "no" } as const;
    for (const other of [
      setting(type, host, { looksAtArguments: true }),
      setting(type, host, { isLimited: true }),
      setting(type, host, { decision: denial }),
      setting(type, { ...host, facts: () => [] }),
      setting(type, { ...host, sample: () => [] }),
      setting(functionType([{ kind: "list", element: u32 }], u32), host),
    ]) {
      assert.ok(!behindBothGates(other).fused.isForeseen);
    }
  });
});
