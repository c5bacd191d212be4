import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parse } from "@bytecodealliance/jco";
import * as fc from "fast-check";
import { isWrunError } from "../../../runtime/index.js";
import { capCoreModules, type ResourceCaps } from "../../../runtime/sandbox/limits/cap-core-module.js";
import {
  bytes,
  definitionsOf,
  growers,
  growth,
  header,
  type Limits,
  moduleOf,
  string,
  u32,
} from "./modules.js";

const page = 65_536;
const roomy: ResourceCaps = { memoryBytes: 64 * page, tableElements: 1000 };

/** One instance of each, if nothing else is said. */
function cap(
  modules: Readonly<Record<string, Uint8Array>>,
  caps: Partial<ResourceCaps> = {},
  instances: Readonly<Record<string, number>> = {},
): Record<string, Uint8Array> {
  const named = new Map(Object.entries(modules));
  const counts = new Map([...named.keys()].map((name) => [name, instances[name] ?? 1]));
  return Object.fromEntries(capCoreModules(named, counts, { ...roomy, ...caps }).modules);
}

function capOne(module: Uint8Array, caps: Partial<ResourceCaps> = {}): Uint8Array {
  const { only } = cap({ only: module }, caps);
  assert.ok(only !== undefined);
  return only;
}

function refusal(attempt: () => unknown): string {
  try {
    attempt();
    return "none";
  } catch (error) {
    if (!isWrunError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe("the caps on what core modules may hold", () => {
  it("give a single memory all of the cap, and a single table too", async () => {
    const capped = capOne(await parse("(module (memory 1) (table 10 funcref))"), {
      memoryBytes: 5 * page,
      tableElements: 100,
    });
    assert.deepEqual(definitionsOf(capped), {
      memories: [{ min: 1, max: 5 }],
      tables: [{ min: 10, max: 100 }],
    });
    assert.ok(WebAssembly.validate(capped));
  });

  it("are enforced by the engine: growing goes up to the cap, and not one further", async () => {
    const capped = capOne(await parse(growers), { memoryBytes: 7 * page, tableElements: 33 });
    assert.deepEqual(growth(capped), { pages: 7, elements: 33 });
  });

  it("would not be there without the rewriting", async () => {
    const { pages, elements } = growth(await parse(growers), 100);
    assert.ok(pages > 7 && elements > 33);
  });

  it("are shared out evenly over the memories and tables of all modules", async () => {
    const plain = await parse("(module (memory 1) (table 0 externref) (table 4 funcref))");
    const capped = cap({ a: plain, b: plain, c: plain }, { memoryBytes: 13 * page, tableElements: 72 });
    for (const bytesOfOne of Object.values(capped)) {
      // 13 pages less 3 initial ones are 10: three for each, and one that nobody gets. 72 - 12 = 60 over six tables.
      assert.deepEqual(definitionsOf(bytesOfOne), {
        memories: [{ min: 1, max: 4 }],
        tables: [
          { min: 0, max: 10 },
          { min: 4, max: 14 },
        ],
      });
    }
  });

  it("count a module as often as it is instantiated, and not at all where it never is", async () => {
    const plain = await parse("(module (memory 1))");
    const capped = cap({ often: plain, never: plain }, { memoryBytes: 20 * page }, { often: 4, never: 0 });
    assert.deepEqual(definitionsOf(capped["often"] ?? bytes()).memories, [{ min: 1, max: 5 }]);
    const alone = cap({ never: plain }, {}, { never: 0 });
    assert.deepEqual(definitionsOf(alone["never"] ?? bytes()).memories, [{ min: 1, max: 1 }]);
  });

  it("keep a maximum that is lower already, and lower one that is higher", async () => {
    for (const [own, expected] of [
      [2, 2],
      [9, 9],
      [10, 10],
      [11, 10],
      [65_536, 10],
    ]) {
      const capped = capOne(await parse(`(module (memory 1 ${own}))`), { memoryBytes: 10 * page });
      assert.deepEqual(definitionsOf(capped).memories, [{ min: 1, max: expected }]);
    }
  });

  it("round a cap that is no whole number of pages down", async () => {
    const capped = capOne(await parse("(module (memory 1))"), { memoryBytes: 3 * page - 1 });
    assert.deepEqual(definitionsOf(capped).memories, [{ min: 1, max: 2 }]);
  });

  it("let what starts with exactly the cap start, and not grow", async () => {
    const capped = capOne(await parse("(module (memory 4))"), { memoryBytes: 4 * page });
    assert.deepEqual(definitionsOf(capped).memories, [{ min: 4, max: 4 }]);
  });

  it("refuse what starts with more, whichever module it is in, naming how much is left", async () => {
    const big = await parse("(module (memory 5))");
    const wide = await parse("(module (table 1001 funcref))");
    assert.equal(
      refusal(() => capOne(big, { memoryBytes: 4 * page })),
      "LIMIT_BELOW_INITIAL: the component starts with 327680 bytes of memory, and the policy leaves 262144 bytes",
    );
    const half = await parse("(module (memory 3))");
    assert.match(
      refusal(() => cap({ a: half, b: half }, { memoryBytes: 5 * page })),
      /^LIMIT_BELOW_INITIAL/,
    );
    assert.match(
      refusal(() => cap({ a: half }, { memoryBytes: 5 * page }, { a: 2 })),
      /^LIMIT_BELOW_INITIAL/,
    );
    assert.match(
      refusal(() => capOne(wide)),
      /^LIMIT_BELOW_INITIAL: .* 1001 elements of tables/,
    );
  });

  it("refuse initial sizes whose sum no number of 32 bits holds", () => {
    const most = moduleOf({ tables: [{ min: 0xffff_ffff, max: undefined }] });
    const instances = { a: 0x7fff_ffff, b: 0x7fff_ffff };
    assert.match(
      refusal(() => cap({ a: most, b: most }, { tableElements: 10_000_000 }, instances)),
      /^LIMIT_BELOW_INITIAL/,
    );
  });

  it("leave imported memories and tables as they are: they belong to who defines them", async () => {
    const importing = await parse(
      '(module (import "a" "m" (memory 1 60000)) (import "a" "t" (table 5 9000 funcref)) (func (export "f")))',
    );
    const capped = capOne(importing, { memoryBytes: page, tableElements: 10 });
    assert.deepEqual(Buffer.from(capped), Buffer.from(importing));
  });

  it("change nothing else: a module without memories and tables stays as it is, byte for byte", async () => {
    const plain = await parse(
      '(module (func (export "f") (result i32) i32.const 7) (@custom "note" "text"))',
    );
    assert.deepEqual(Buffer.from(capOne(plain)), Buffer.from(plain));
  });

  it("take the limits of a table or memory that is longer in other encodings of the same number", () => {
    // 1 as 81 80 80 80 00, which the format allows.
    const long = bytes(0x81, 0x80, 0x80, 0x80, 0x00);
    const module = bytes(...header, 5, ...u32(7), 1, 0, ...long);
    assert.ok(WebAssembly.validate(module));
    const capped = capOne(module, { memoryBytes: 3 * page });
    assert.deepEqual(definitionsOf(capped).memories, [{ min: 1, max: 3 }]);
    assert.ok(WebAssembly.validate(capped));
  });

  it("never sum up to more than a cap, whatever the modules are", () => {
    const limits = (most: number): fc.Arbitrary<Limits> =>
      fc
        .record({ min: fc.nat(most), extra: fc.option(fc.nat(most * 4), { nil: undefined }) })
        .map(({ min, extra }) => ({ min, max: extra === undefined ? undefined : min + extra }));
    const plan = fc.record({
      memories: fc.array(limits(6), { maxLength: 1 }),
      tables: fc.array(limits(200), { maxLength: 4 }),
      times: fc.nat(3),
    });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(plan, { minLength: 1, maxLength: 6 }),
        fc.nat(80 * page),
        fc.nat(4000),
        (plans, memoryBytes, tableElements) => {
          const modules = Object.fromEntries(plans.map((item, index) => [`m${index}`, moduleOf(item)]));
          const times = Object.fromEntries(plans.map((item, index) => [`m${index}`, item.times]));
          let capped: Record<string, Uint8Array>;
          try {
            capped = cap(modules, { memoryBytes, tableElements }, times);
          } catch (error) {
            const initial = (of: "memories" | "tables"): number =>
              plans.reduce(
                (all, item) => all + item.times * item[of].reduce((sum, { min }) => sum + min, 0),
                0,
              );
            assert.ok(isWrunError(error) && error.code === "LIMIT_BELOW_INITIAL");
            assert.ok(initial("memories") * page > memoryBytes || initial("tables") > tableElements);
            return;
          }
          accepted += 1;
          let [pages, elements] = [0, 0];
          for (const [index, item] of plans.entries()) {
            const module = capped[`m${index}`] ?? bytes();
            assert.ok(WebAssembly.validate(module));
            const { memories, tables } = definitionsOf(module);
            for (const [before, after] of [
              [item.memories, memories],
              [item.tables, tables],
            ] as const) {
              assert.equal(after.length, before.length);
              for (const [at, { min, max }] of after.entries()) {
                assert.equal(min, before[at]?.min);
                assert.ok(max !== undefined && max >= min && max <= (before[at]?.max ?? Infinity));
              }
            }
            pages += item.times * memories.reduce((sum, { max = Infinity }) => sum + max, 0);
            elements += item.times * tables.reduce((sum, { max = Infinity }) => sum + max, 0);
          }
          assert.ok(pages * page <= memoryBytes, `${pages} pages in ${memoryBytes} bytes`);
          assert.ok(elements <= tableElements, `${elements} of ${tableElements} elements`);
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(accepted > 20, `only ${accepted} plans came below their caps`);
  });
});

describe("a core module that cannot be capped", () => {
  const memory = (...content: number[]): Uint8Array =>
    bytes(...header, 5, ...u32(content.length), ...content);
  const table = (...content: number[]): Uint8Array => bytes(...header, 4, ...u32(content.length), ...content);
  const refused: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
    "with a shared memory": [memory(1, 3, 1, 2), /^CORE_FEATURE_REFUSED: .*shared or 64-bit memory/],
    "with a memory that is shared and has no maximum": [memory(1, 2, 1), /^CORE_FEATURE_REFUSED/],
    "with a 64-bit memory": [memory(1, 4, 1), /^CORE_FEATURE_REFUSED: .*shared or 64-bit memory/],
    "with a 64-bit memory that has a maximum": [memory(1, 5, 1, 2), /^CORE_FEATURE_REFUSED/],
    "with a memory of another page size": [memory(1, 8, 1, 0), /^CORE_FEATURE_REFUSED/],
    "with flags that nobody has defined": [memory(1, 0x80, 1), /^CORE_FEATURE_REFUSED/],
    "with a 64-bit table": [table(1, 0x70, 4, 1), /^CORE_FEATURE_REFUSED: .*shared or 64-bit table/],
    "with a shared table": [table(1, 0x70, 3, 1, 2), /^CORE_FEATURE_REFUSED/],
    "with a table of typed references": [
      table(1, 0x63, 0x70, 0, 1),
      /^CORE_FEATURE_REFUSED: .*typed references/,
    ],
    "with a table of references that are never null": [table(1, 0x64, 0x70, 0, 1), /^CORE_FEATURE_REFUSED/],
    "with a table that has an initializer": [
      table(1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b),
      /^CORE_FEATURE_REFUSED/,
    ],
    "that hides a shared memory behind a plain one": [memory(2, 0, 1, 3, 1, 2), /^CORE_FEATURE_REFUSED/],
    "that ends within its header": [bytes(...header.slice(0, 7)), /^CORE_MODULE_MALFORMED: .*ends too early/],
    "that is empty": [bytes(), /^CORE_MODULE_MALFORMED: .*ends too early/],
    "that ends after a section's number": [bytes(...header, 5), /^CORE_MODULE_MALFORMED: .*ends too early/],
    "that ends within a section's length": [
      bytes(...header, 5, 0x80),
      /^CORE_MODULE_MALFORMED: .*ends too early/,
    ],
    "whose section goes on behind its end": [
      bytes(...header, 5, 9, 1, 0, 1),
      /^CORE_MODULE_MALFORMED: .*ends too early/,
    ],
    "whose section claims to be 4 GiB long": [
      bytes(...header, 5, 0xff, 0xff, 0xff, 0xff, 0x0f),
      /^CORE_MODULE_MALFORMED: .*ends too early/,
    ],
    "with a length of more than five bytes": [
      bytes(...header, 5, 0x83, 0x80, 0x80, 0x80, 0x80, 0x00, 1, 0, 1),
      /^CORE_MODULE_MALFORMED: .*more than 32 bits/,
    ],
    "with a length of more than 32 bits": [
      bytes(...header, 5, 0x83, 0x80, 0x80, 0x80, 0x10, 1, 0, 1),
      /^CORE_MODULE_MALFORMED: .*more than 32 bits/,
    ],
    "with a size of more than 32 bits": [
      memory(1, 0, 0x80, 0x80, 0x80, 0x80, 0x10),
      /^CORE_MODULE_MALFORMED: .*more than 32 bits/,
    ],
    "with bytes behind its memories": [
      memory(1, 0, 1, 0),
      /^CORE_MODULE_MALFORMED: .*bytes after its memories/,
    ],
    "with bytes behind its tables": [
      table(1, 0x70, 0, 1, 0),
      /^CORE_MODULE_MALFORMED: .*bytes after its tables/,
    ],
    "with fewer memories than it counts": [memory(2, 0, 1), /^CORE_MODULE_MALFORMED: .*ends too early/],
    "that counts four billion memories": [
      memory(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1),
      /^CORE_MODULE_MALFORMED/,
    ],
    "with memories that count bytes of the next section as theirs": [
      bytes(...header, 5, 2, 1, 0, 0, 1, 0),
      /^CORE_MODULE_MALFORMED: .*ends too early/,
    ],
  };
  for (const [what, [module, message]] of Object.entries(refused)) {
    it(`is refused: one ${what}`, () => {
      assert.match(
        refusal(() => capOne(module)),
        message,
      );
    });
  }

  it("is refused, and never anything but refused, whatever its bytes are", () => {
    const start = moduleOf({ memories: [{ min: 1, max: 9 }], tables: [{ min: 1, max: undefined }] });
    fc.assert(
      fc.property(fc.nat(start.length - 1), fc.nat(255), fc.nat(start.length), (at, value, length) => {
        const damaged = Uint8Array.from(start);
        damaged[at] = value;
        const module = damaged.subarray(0, length);
        let capped: Uint8Array;
        try {
          capped = capOne(module);
        } catch (error) {
          assert.ok(isWrunError(error), String(error));
          return;
        }
        // What is let through is no more valid than it was, and what is valid is capped.
        if (!WebAssembly.validate(module)) return;
        assert.ok(WebAssembly.validate(capped));
        for (const { max } of definitionsOf(capped).memories) assert.ok(max !== undefined && max <= 64);
      }),
      { numRuns: 1000 },
    );
  });

  it("is refused by the engine if it has two sections of memories, of which each could have a cap", () => {
    const twice = bytes(...memory(1, 0, 1), ...memory(1, 0, 1).subarray(8));
    const capped = capOne(twice, { memoryBytes: 10 * page });
    assert.equal(WebAssembly.validate(capped), false);
  });

  it("keeps a name that looks like a section where it is", () => {
    const custom = [0, ...u32(6 + 3), ...string("trick"), 5, 3, 1];
    const module = bytes(...header, ...custom, 5, 3, 1, 0, 1);
    assert.ok(WebAssembly.validate(module));
    assert.deepEqual(definitionsOf(capOne(module)).memories, [{ min: 1, max: 64 }]);
  });
});
