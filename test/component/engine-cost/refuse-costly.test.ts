import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { toComponent } from "../../../runtime/component/adapt.js";
import { decodeComponent } from "../../../runtime/component/decode/index.js";
import { mostGlueBytes } from "../../../runtime/component/engine-cost/engine-limits.js";
import { refuseCostlyGlue, refuseCostlyModules } from "../../../runtime/component/engine-cost/index.js";
import { linkComponent } from "../../../runtime/component/transpile.js";
import { acceptUnsigned } from "../../../runtime/component/verified-component.js";
import { isWrunError } from "../../../runtime/errors/index.js";
import { bombs } from "../../fuzz/engine-cost/bombs.js";
import { component, coreModule, leb, module, section, text } from "../binary-builder.js";

const compiled = fileURLToPath(new URL("../../../", import.meta.url));
const packages = fileURLToPath(new URL("../../../../node_modules/", import.meta.url));

const check = (bytes: Uint8Array): void => refuseCostlyModules(bytes, [{ offset: 0, length: bytes.length }]);

function tooComplex(reason: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(isWrunError(error) && error.code === "COMPONENT_TOO_COMPLEX", String(error));
    assert.match(error.message, reason);
    return true;
  };
}

/** Kind of bomb, its size, and the limit that it meets. */
const refusals: readonly (readonly [kind: string, width: number, count: number, reason: RegExp])[] = [
  ["loops in a row", 1, 1_001, /function 0 has 1001 loops, the limit is 1000/],
  ["loops in a row", 2_000, 900, /units of work for a compiler, the limit is/],
  ["loops in loops that change locals", 1, 41, /41 loops in one another, the limit is 40/],
  ["branches out of few loops", 1, 2_501, /2501 branches to one place, the limit is 2500/],
  ["a loop around a table of branches", 1, 2_501, /2501 branches to one place/],
  ["a table of branches to many blocks", 1, 5_000, /5001 blocks in one another, the limit is 5000/],
  ["a table of branches to one block", 100, 60_000, /units of work/],
  ["tables of branches to one block", 1, 2_000, /units of work/],
  ["conditions that change locals", 1, 7_001, /7001 conditional branches, the limit is 7000/],
  ["conditions that change locals", 500, 6_000, /units of work/],
  ["a chain that conditions use", 1, 7_001, /conditional branches/],
  ["indirect calls", 1, 2_001, /2001 indirect calls, the limit is 2000/],
  ["calls", 1, 200_000, /units of work/],
  ["calls in a try", 1, 60_000, /units of work/],
  ["calls in a try that change locals", 1_000, 4_000, /units of work/],
  ["calls with many values", 200, 4_000, /units of work/],
  ["blocks with many values", 200, 4_000, /units of work/],
  ["throws of many values", 200, 500, /units of work/],
  ["catches of many values", 200, 500, /units of work/],
  ["catches of many values", 1, 10_000, /units of work/],
  ["divisions", 1, 10_000, /units of work/],
  ["saturating conversions", 1, 4_000, /units of work/],
  ["a table of branches to many blocks", 100, 3_600, /units of work/],
  ["branches to one block", 1_000, 1_800, /units of work/],
  ["references to functions", 1, 12_000, /units of work/],
  ["entries of tables", 1, 12_000, /units of work/],
  ["indirect calls with many values", 200, 1_800, /units of work/],
  ["copied signs", 1, 200_000, /units of work/],
  ["one loop that rotates locals for nobody", 100, 2_000, /units of work/],
  ["conversions", 1, 200_000, /units of work/],
  ["arithmetic", 1, 400_000, /1200\d{3} bytes of code, the limit is 1048576/],
  ["arithmetic", 5_000, 10, /5001 locals, the limit is 5000/],
];

describe("core modules that cost the engine too much", () => {
  for (const [kind, width, count, reason] of refusals) {
    it(`are refused: ${kind}, ${width} × ${count}`, () => {
      const bomb = bombs[kind];
      assert.ok(bomb);
      assert.throws(() => check(bomb(width, count)), tooComplex(reason));
    });
  }

  it("are ones that the engine would take", () => {
    // Small ones: a bomb that is no module would be refused for nothing.
    for (const [kind, bomb] of Object.entries(bombs)) {
      const bytes = bomb(3, 20);
      assert.doesNotThrow(() => check(bytes), kind);
      assert.doesNotThrow(() => new WebAssembly.Module(bytes), kind);
    }
  });

  const types = (count: number, type: readonly number[]): number[] => [
    ...leb(count),
    ...Array.from({ length: count }, () => type).flat(),
  ];

  it("are refused for what they have of types, functions and the like, before that is read", () => {
    const over: readonly (readonly [id: number, count: number, reason: RegExp])[] = [
      [1, 10_001, /10001 types, the limit is 10000/],
      [2, 10_001, /10001 imports, the limit is 10000/],
      [3, 200_001, /200001 functions, the limit is 200000/],
      [4, 1_001, /1001 tables, the limit is 1000/],
      [6, 100_001, /100001 globals, the limit is 100000/],
      [7, 100_001, /100001 exports, the limit is 100000/],
      [9, 10_001, /10001 segments of elements, the limit is 10000/],
      [11, 100_001, /100001 segments of data, the limit is 100000/],
      [13, 1_001, /1001 tags, the limit is 1000/],
    ];
    for (const [id, count, reason] of over)
      assert.throws(() => check(Uint8Array.from(module(section(id, leb(count))))), tooComplex(reason));
  });

  it("are refused for types with very many values", () => {
    const wide = [0x60, ...leb(201), ...Array.from({ length: 201 }, () => 0x7f), 0];
    assert.throws(
      () => check(Uint8Array.from(module(section(1, types(1, wide))))),
      tooComplex(/201 parameters or results, the limit is 200/),
    );
  });

  it("count against limits that are for a component as a whole", () => {
    const half = module(section(1, types(6_000, [0x60, 0, 0])));
    const both = Uint8Array.from([...half, ...half]);
    const range = (offset: number) => ({ offset, length: half.length });
    refuseCostlyModules(both, [range(0)]);
    assert.throws(() => refuseCostlyModules(both, [range(0), range(half.length)]), tooComplex(/12000 types/));
  });

  it("count against one limit for the work of all functions, of which many are small", () => {
    const bytes = bombs["calls with many values"]?.(200, 1_500);
    assert.ok(bytes);
    const range = { offset: 0, length: bytes.length };
    const times = (count: number) => Array.from({ length: count }, () => range);
    refuseCostlyModules(bytes, times(80));
    assert.throws(
      () => refuseCostlyModules(bytes, times(120)),
      tooComplex(/it has \d+ units of work for a compiler, the limit is 330000000/),
    );
  });

  it("may have code that is cut off, jumps to nowhere or is unknown, which is another error", () => {
    const body = (...code: number[]): Uint8Array =>
      Uint8Array.from(
        module(
          section(1, types(1, [0x60, 0, 0])),
          section(3, [1, 0]),
          section(10, [1, ...leb(code.length + 1), 0, ...code]),
        ),
      );
    const codeOf = (bytes: Uint8Array): string => {
      try {
        check(bytes);
        return "none";
      } catch (error) {
        return isWrunError(error) ? error.code : String(error);
      }
    };
    assert.equal(codeOf(body(0x41, 0x80)), "CORE_MODULE_MALFORMED");
    assert.equal(codeOf(body(0x0c, 9, 0x0b)), "CORE_MODULE_MALFORMED");
    assert.equal(codeOf(body(0x0b, 0x0b)), "CORE_MODULE_MALFORMED");
    assert.equal(codeOf(body(0x10, 7, 0x0b)), "CORE_MODULE_MALFORMED");
    assert.equal(codeOf(body(0xfb, 0, 0, 0x0b)), "CORE_FEATURE_REFUSED");
    assert.equal(codeOf(body(0x1a, 0x1a, 0x02, 0x40, 0x0b, 0x0b)), "none");
  });

  it("are refused where a component is linked, and where a module of WASI 0.1 is adapted", async () => {
    const bomb = bombs["loops in a row"]?.(1, 1_200);
    assert.ok(bomb);
    const costly = acceptUnsigned(Uint8Array.from(component(coreModule([...bomb]))), { allowUnsigned: true });
    await assert.rejects(linkComponent(costly), tooComplex(/function 0 has 1200 loops, the limit is 1000/));
    // It exports its memory and a start as a command does, with the bomb's function as that.
    const start = [...text("_start"), 0, 0];
    const exports = section(7, [2, ...text("memory"), 2, 0, ...start]);
    const old = section(7, [1, 1, 0x66, 0, 0]);
    const at = Buffer.from(bomb).indexOf(Buffer.from(old));
    const command = Buffer.concat([
      bomb.subarray(0, at),
      Buffer.from(exports),
      bomb.subarray(at + old.length),
    ]);
    await assert.rejects(toComponent(command), tooComplex(/function 0 has 1200 loops/));
  });

  it("are refused for the code that would link them", () => {
    refuseCostlyGlue(new Uint8Array(mostGlueBytes));
    assert.throws(
      () => refuseCostlyGlue(new Uint8Array(mostGlueBytes + 1)),
      tooComplex(/code that links it/),
    );
  });
});

describe("core modules that people use", () => {
  it("meet no limit: every guest of this project", () => {
    const folder = join(compiled, "guests", "bin");
    let modules = 0;
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".wasm"))) {
      const bytes = readFileSync(join(folder, name));
      // Some of the guests are core modules.
      if (bytes[4] !== 0x0d) check(bytes);
      else {
        const { coreModules } = decodeComponent(bytes);
        refuseCostlyModules(bytes, coreModules);
        modules += coreModules.length;
      }
    }
    assert.ok(modules > 20, `${modules} modules of components`);
  });

  for (const [name, path] of [
    ["StarlingMonkey", "@bytecodealliance/componentize-js/lib/starlingmonkey_embedding.wasm"],
    ["StarlingMonkey, weval", "@bytecodealliance/componentize-js/lib/starlingmonkey_embedding_weval.wasm"],
    ["SQLite", "node-sqlite3-wasm/dist/node-sqlite3-wasm.wasm"],
    ["wasm-tools", "@bytecodealliance/jco-transpile/vendor/wasm-tools.core.wasm"],
    ["bindgen", "@bytecodealliance/jco-transpile/vendor/js-component-bindgen-component.core.wasm"],
  ] as const) {
    it(`meet no limit: ${name}`, () => assert.doesNotThrow(() => check(readFileSync(join(packages, path)))));
  }
});
