import assert from "node:assert/strict";
import { beforeAll, describe, it } from "vitest";
import {
  decodeCounter,
  encodeCounter,
  mostDepth,
  mostFuel,
} from "../../../runtime/component/meter/counter.js";
import { meterCoreModule } from "../../../runtime/component/meter/index.js";
import { Account, assemble, instantiate, run } from "./metered.js";

const limit = 100_000;
const trap = "trap: unreachable";

describe("fuel that is used up ends, whatever the guest does:", () => {
  const attempts: Readonly<Record<string, string>> = {
    "a loop": '(func (export "f") (loop $l (br $l)))',
    "a loop that only ever branches on a condition":
      '(func (export "f") (loop $l (nop) (br_if $l (i32.const 1))))',
    "a loop that jumps": '(func (export "f") (loop $l (br_table $l $l $l (i32.const 1))))',
    "a loop that is left and entered again":
      '(func (export "f") (loop $o (block $b (loop $i (br $b))) (br $o)))',
    "a loop with a parameter": '(func (export "f") (i32.const 1) (loop $l (param i32) (br $l)) unreachable)',
    "recursion of little depth and endless breadth": `(func $r (export "f")
      (call $q (i32.const 40)))
      (func $q (param i32) (if (local.get 0) (then
        (call $q (i32.sub (local.get 0) (i32.const 1))) (call $q (i32.sub (local.get 0) (i32.const 1))))))`,
    "calls through a table": `(table funcref (elem $e)) (type $t (func))
      (func $e) (func (export "f") (loop $l (call_indirect (type $t) (i32.const 0)) (br $l)))`,
    "filling memory": `(memory 64) (func (export "f") (loop $l
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 4194304)) (br $l)))`,
    "copying memory, once, where it would take more than there is": `(memory 64)
      (func (export "f") (memory.copy (i32.const 0) (i32.const 1) (i32.const 4000000)))`,
    "a copy that would fail": `(memory 1)
      (func (export "f") (memory.copy (i32.const 0) (i32.const 1) (i32.const -1)))`,
    "growing memory without getting any": `(memory 1 1)
      (func (export "f") (drop (memory.grow (i32.const -1))))`,
    "growing a table without getting any": `(table 1 1 funcref)
      (func (export "f") (drop (table.grow (ref.null func) (i32.const 100000))))`,
    "filling a table": `(table 50000 funcref) (func (export "f")
      (table.fill (i32.const 0) (ref.null func) (i32.const 50000)))`,
  };
  for (const [what, fields] of Object.entries(attempts)) {
    it(what, async () => {
      const { result, left } = await run(`(module ${fields})`, "f", [], { fuel: limit });
      assert.equal(result, trap);
      assert.ok(left.fuel < 0, `${left.fuel} are left`);
    });
  }

  it("tail calls without end", async (t) => {
    const wat = '(module (func $a (export "f") (return_call $b)) (func $b (return_call $a)))';
    if (!WebAssembly.validate(await assemble(wat))) return t.skip("this engine has none");
    const { result, left } = await run(wat, "f", [], { fuel: limit });
    assert.equal(result, trap);
    assert.ok(left.fuel < 0);
  });

  it("a start function, before there is an instance", async () => {
    const account = new Account({ fuel: limit });
    const metered = meterCoreModule(await assemble("(module (func $s (loop $l (br $l))) (start $s))"));
    assert.throws(() => instantiate(metered, account), WebAssembly.RuntimeError);
    assert.ok(account.left.fuel < 0);
  });

  for (const [what, body] of [
    ["older", "try (call $spin) catch_all end"],
    ["newer", "(block $h (try_table (catch_all $h) (call $spin)))"],
  ] as const) {
    it(`a handler of all exceptions around the loop, of the ${what} kind`, async (t) => {
      const wat = `(module (func $spin (loop $l (br $l)))
        (global $after (mut i32) (i32.const 0)) (export "after" (global $after))
        (func (export "f") ${body} (global.set $after (i32.const 1))))`;
      const bytes = await assemble(wat);
      if (!WebAssembly.validate(bytes)) return t.skip("this engine does not have them");
      const account = new Account({ fuel: limit });
      const exports = instantiate(meterCoreModule(bytes), account);
      assert.throws(() => exports["f"]?.(), WebAssembly.RuntimeError);
      assert.equal((exports["after"] as unknown as { value: number }).value, 0);
      assert.ok(account.left.fuel < 0);
    });
  }

  it("and it is used up for what is called afterwards", async () => {
    const account = new Account({ fuel: limit });
    const exports = instantiate(
      meterCoreModule(
        await assemble(`(module (func $spin (export "spin") (loop $l (br $l)))
          (func $leaf) (func (export "next") (call $leaf)))`),
      ),
      account,
    );
    assert.throws(() => exports["spin"]?.(), WebAssembly.RuntimeError);
    assert.throws(() => exports["next"]?.(), WebAssembly.RuntimeError);
  });
});

describe("the amount of fuel", () => {
  const counting = `(module (memory 1) (func $leaf (param i32) (i32.store (i32.const 0) (local.get 0)))
    (func (export "f") (param $n i32) (result i32)
      (loop $l (call $leaf (local.get $n))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.load (i32.const 0))))`;

  it("is enough when it is exactly what is used, and not when it is one unit less", async () => {
    const { used } = await run(counting, "f", [50]);
    const exactly = await run(counting, "f", [50], { fuel: used });
    assert.equal(exactly.result, 1);
    assert.equal(exactly.left.fuel, 0);
    const less = await run(counting, "f", [50], { fuel: used - 1 });
    assert.ok(less.left.fuel < 0);
  });

  it("may be as large as a policy can say, and one operation cannot wrap it around", async () => {
    const wat = `(module (memory 1 1) (func (export "f")
      (drop (memory.grow (i32.const -1))) (drop (memory.grow (i32.const -1)))))`;
    const most = await run(counting, "f", [50], { fuel: mostFuel, depth: mostDepth });
    assert.equal(most.result, 1);
    const none = await run(wat, "f", [], { fuel: 0 });
    assert.equal(none.result, trap);
    assert.ok(none.left.fuel < 0);
  });

  it("is read as it was written, together with the depth", () => {
    for (const fuel of [0, 1, 65_535, 65_536, mostFuel, -1, -mostFuel])
      for (const depth of [0, 1, mostDepth, -1, -32_768])
        assert.deepEqual(decodeCounter(encodeCounter({ fuel, depth })), { fuel, depth });
  });

  it("is told also of a guest that ends itself with unreachable", async () => {
    const wat =
      '(module (func (export "f") (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) unreachable))';
    const { result, used } = await run(wat, "f", [1000]);
    assert.equal(result, trap);
    assert.equal(used, 1000 * 5 + 1);
  });
});

describe("the depth of calls", () => {
  const recursion = `(module (func $r (export "f") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $r (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0)))))`;

  it("ends recursion at the unit, and the fuel is not to blame", async () => {
    const fits = await run(recursion, "f", [99], { depth: 100 });
    assert.equal(fits.result, 99);
    assert.equal(fits.left.depth, 100);
    const deeper = await run(recursion, "f", [100], { depth: 100 });
    assert.equal(deeper.result, trap);
    assert.equal(deeper.left.depth, -1);
    assert.ok(deeper.left.fuel > 0);
  });

  it("counts a frame by what it holds", async () => {
    const wat = (
      locals: number,
    ): string => `(module (func $r (export "f") (param i32) (local ${"i64 ".repeat(locals)})
      (if (local.get 0) (then (call $r (i32.sub (local.get 0) (i32.const 1)))))))`;
    // Eight for the frame, one parameter, two operands: eleven of the sixteen of a unit.
    for (const [locals, units] of [
      [0, 1],
      [5, 1],
      [6, 2],
      [160, 11],
    ] as const) {
      const { result, left } = await run(wat(locals), "f", [50], { depth: 50 * units });
      assert.equal(result, trap, `${locals} locals`);
      assert.equal(left.depth, -units);
    }
  });

  it("counts a frame that is larger than the whole limit as deeper than any", async () => {
    const wat = `(module (func (export "f") (local ${"v128 ".repeat(49_000)}) nop))`;
    const { result, left } = await run(wat, "f", [], { depth: 1000 });
    assert.equal(result, trap);
    assert.ok(left.depth < 0);
  });

  it("is given back by whatever way a function ends", async (t) => {
    const ways: Readonly<Record<string, string>> = {
      return: "(if (local.get 0) (then (return (i32.const 1)))) (i32.const 2)",
      branch: "(i32.const 1) (br_if 0 (local.get 0)) (drop) (i32.const 2)",
      jump: "(i32.const 7) (block (param i32) (result i32) (br_table 0 1 (local.get 0)))",
      "tail call": "(return_call $leaf (local.get 0))",
      exception: "(drop (call $thrower (local.get 0))) (i32.const 4)",
      "older handler": "try (result i32) (call $thrower (local.get 0)) catch_all (i32.const 3) end",
    };
    for (const [way, body] of Object.entries(ways)) {
      const wat = `(module (func $leaf (param i32) (result i32) (call $two) (local.get 0)) (func $two)
        ${/exception|handler/.test(way) ? "(tag $t)" : ""}
        (func $thrower (param i32) (result i32) (call $two)
          ${/handler/.test(way) ? "(if (local.get 0) (then (throw $t)))" : ""} (i32.const 1))
        (func $way (param i32) (result i32) (call $two) ${body})
        (func (export "f") (result i32) (local $n i32) (local.set $n (i32.const 500))
          (loop $l (drop (call $way (i32.and (local.get $n) (i32.const 1))))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (i32.const 9)))`;
      if (!WebAssembly.validate(await assemble(wat))) {
        await t.annotate(`${way}: this engine does not have it`);
        continue;
      }
      const { result, left } = await run(wat, "f", [], { depth: 20 });
      assert.equal(result, 9, way);
      assert.equal(left.depth, 20, way);
    }
  });
});

describe("two engines, or two compilers of one", () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    bytes = await assemble(`(module (func $fib (export "f") (param i32) (result i32)
      (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                       (call $fib (i32.sub (local.get 0) (i32.const 2))))))))`);
  });

  it("use the same fuel before the optimizing compiler has come and after it", () => {
    const account = new Account({ fuel: 1_000_000_000_000 });
    const { f } = instantiate(meterCoreModule(bytes), account);
    const uses = Array.from({ length: 30 }, () => {
      const earlier = account.used;
      f?.(20);
      return account.used - earlier;
    });
    assert.deepEqual(new Set(uses).size, 1);
  });
});
