import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeAll, describe, it } from "vitest";
import type { FunctionType, ValueType } from "../../../../runtime/component/wit-types.js";
import type { CoreValue } from "./canonical-abi/layout.js";
import { memoryPages, realloc } from "./component-text.js";
import { type Laxity, liftingDifferences, loweringDifferences } from "./differences.js";
import { type Guest, type Linked, linkFunctions, type Way, ways } from "./two-ways.js";

const list = (element: ValueType): ValueType => ({ kind: "list", element });
const bool: ValueType = { kind: "bool" };
const text: ValueType = { kind: "string" };
const end = memoryPages * 65_536;

/** A call for each difference, with what the host is given by the specification and by the toolchain; nothing is a trap. */
const met: Record<
  Laxity,
  readonly [ValueType | readonly ValueType[], readonly CoreValue[], { ours?: unknown; theirs?: unknown }]
> = {
  bool: [bool, [2], { ours: true }],
  narrow: [{ kind: "u8" }, [257], { ours: 1 }],
  flags: [{ kind: "flags", names: ["a", "b"] }, [6], { ours: { a: false, b: true } }],
  "wide slot": [
    { kind: "result", ok: { kind: "s32" }, err: { kind: "u64" } },
    [0, 0xffff_fffen],
    { ours: { tag: "ok", val: -2 }, theirs: { tag: "ok", val: 0xffff_fffe } },
  ],
  alignment: [Array.from({ length: 17 }, () => ({ kind: "u16" as const })), [1025], { theirs: 0 }],
  handle: [
    { kind: "borrow", resource: { name: "thing", interface: "test:lowering/api@1.0.0" } },
    [1 - 0x8000_0000],
    { theirs: "the first" },
  ],
  "empty list outside": [list(bool), [end + 8, 0], { theirs: [] }],
  "end outside": [list({ kind: "option", type: { kind: "u64" } }), [end - 8, 1], { theirs: [undefined] }],
};
const names = Object.keys(met) as Laxity[];
const functions: readonly FunctionType[] = [
  ...names.map((name) => ({
    params: [met[name][0]].flat().map((type, index) => ({ name: `a${index}`, type })),
    result: undefined,
  })),
  { params: [], result: text },
  { params: [], result: list({ kind: "u32" }) },
];
const [givesText, givesList] = [`f${names.length}`, `f${names.length + 1}`];
const given = { toString: () => "the first" };

let linked: Linked;
beforeAll(async () => {
  linked = await linkFunctions(functions, "utf8");
});

function guestOf(way: Way): Guest {
  const guest = linked.instantiate(way);
  guest.call("make-thing", [], given);
  return guest;
}

/** What came of a call, in few words. */
function attempt(guest: Guest, name: string, core: readonly CoreValue[], answer?: unknown): unknown {
  try {
    const { seen } = guest.call(name, core, answer);
    return seen.map((value) => (value === given ? "the first" : value))[0] ?? "returned";
  } catch {
    assert.ok(guest.ended() !== undefined);
    return "a trap";
  }
}

describe("known differences between our lowering and the toolchain's", () => {
  for (const [index, name] of names.entries()) {
    it(`${liftingDifferences[name].met}: ${liftingDifferences[name].specification}`, () => {
      const [, core, { ours = "a trap", theirs = "a trap" }] = met[name];
      for (const way of ways)
        assert.deepStrictEqual(
          attempt(guestOf(way), `f${index}`, core),
          way === "general" ? theirs : ours,
          way,
        );
    });
  }

  const modes = { "odd room": realloc.answersOdd, "call from realloc": realloc.callsOut } as const;
  for (const name of ["odd room", "call from realloc"] as const) {
    it(`${loweringDifferences[name].met}: ${loweringDifferences[name].specification}`, () => {
      for (const way of ways) {
        const guest = guestOf(way);
        guest.setMode(modes[name]);
        const came = attempt(guest, givesList, [1024], Uint32Array.of(7));
        assert.equal(came, way === "general" ? "returned" : "a trap", way);
      }
    });
  }

  it(`${loweringDifferences["no room"].met}: ${loweringDifferences["no room"].specification}`, () => {
    for (const way of ways) {
      const guest = guestOf(way);
      guest.setMode(realloc.traps);
      assert.equal(attempt(guest, givesText, [1024], ""), way === "general" ? "returned" : "a trap", way);
    }
  });

  it("are those that docs/wasi.md lists", () => {
    const page = readFileSync(new URL("../../../../../docs/wasi.md", import.meta.url), "utf8");
    const listed = page.split("\n").flatMap((line) => {
      const [, first = "", second = "", third = "", ...rest] = line.split("|").map((cell) => cell.trim());
      return rest.length === 1 && first !== "" ? [`${first} | ${second} | ${third}`] : [];
    });
    for (const row of Object.values({ ...liftingDifferences, ...loweringDifferences })) {
      const expected = `${row.met} | ${row.specification} | ${row.toolchain}`;
      assert.ok(listed.includes(expected), expected);
    }
  });
});

describe("what a guest's realloc may do", () => {
  for (const mode of ["answersOutside", "traps"] as const) {
    it(`is not to end the lowering in any other way than a trap, where it ${mode}`, () => {
      for (const way of ways) {
        const guest = guestOf(way);
        guest.setMode(realloc[mode]);
        assert.equal(attempt(guest, givesList, [1024], Uint32Array.of(7)), "a trap", way);
        guest.setMode(realloc.allocates);
        assert.equal(attempt(guest, givesList, [1024], Uint32Array.of(7)), "a trap", `${way}, once more`);
      }
    });
  }

  it("is to grow the memory, or to give address 0", () => {
    for (const mode of [realloc.growsFirst, realloc.answersNothing]) {
      for (const way of ways) {
        const guest = guestOf(way);
        guest.setMode(mode);
        assert.equal(attempt(guest, givesText, [1024], "grüße"), "returned", way);
        const words = new Uint32Array(guest.memory().buffer, 1024, 2);
        const [pointer = 0, length = 0] = words;
        assert.equal(Buffer.from(guest.memory().subarray(pointer, pointer + length)).toString(), "grüße");
      }
    }
  });
});
