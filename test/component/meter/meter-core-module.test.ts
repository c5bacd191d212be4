import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { isWrunError } from "../../../runtime/index.js";
import { meterCoreModule, refuseCoreFeatures } from "../../../runtime/component/meter/index.js";
import { families } from "./families.js";
import { allowExtendedConstants } from "../../../runtime/sandbox/limits/bound-engine.js";
import { Account, assemble, enough, instantiate, refusal, run } from "./metered.js";

allowExtendedConstants();

describe("a metered module", () => {
  let met = 0;
  for (const { name, wat, call, result, fuel, optional } of families) {
    it(`does what it did and pays for each instruction, or is no module to this engine: ${name}`, async (t) => {
      const bytes = await assemble(wat);
      if (!WebAssembly.validate(bytes)) {
        assert.ok(optional === true, "this engine lacks what every engine has");
        assert.match(
          refusal(() => meterCoreModule(bytes)),
          /^CORE_MODULE_MALFORMED/,
        );
        return t.skip("this engine does not have them");
      }
      const [export_, ...args] = call;
      const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports[export_];
      assert.equal((plain as (...args: unknown[]) => unknown)(...args), result);
      const came = await run(wat, export_, args);
      assert.equal(came.result, result);
      assert.equal(came.used, fuel);
      assert.equal(came.left.depth, enough.depth);
      met += 1;
    });
  }
  it("was seen at work", () => assert.ok(met >= 14, `only ${met}`));

  it("leaves the bytes that it is made of alone, and is the same each time", async () => {
    const bytes = await assemble(families[5]?.wat ?? "");
    const before = Buffer.from(bytes).toString("hex");
    const [first, second] = [meterCoreModule(bytes), meterCoreModule(bytes)];
    assert.equal(Buffer.from(bytes).toString("hex"), before);
    assert.deepEqual(first, second);
  });

  it("may be without anything, or have nothing but a custom section", async () => {
    for (const wat of [
      "(module)",
      '(module (@custom "note" "text"))',
      "(module (func))",
      "(module (type (func)))",
    ]) {
      const metered = meterCoreModule(await assemble(wat));
      instantiate(metered, new Account());
      assert.ok(!Buffer.from(metered).includes("note"));
    }
  });

  it("draws on one account with every other module of its component", async () => {
    const account = new Account();
    const inner = instantiate(
      meterCoreModule(await assemble('(module (func (export "g") (result i32) (i32.const 3)))')),
      account,
    );
    const outer = instantiate(
      meterCoreModule(
        await assemble(`(module (import "inner" "g" (func $g (result i32)))
          (func (export "f") (result i32) (i32.add (call $g) (call $g))))`),
      ),
      account,
      { inner },
    );
    assert.equal(outer["f"]?.(), 6);
    assert.equal(account.used, 4 + 1 + 4 + 1 + 1);
  });

  it("counts over imported globals, and keeps exported ones apart from the counter", async () => {
    const account = new Account();
    const wat = `(module (import "host" "a" (global $a i32)) (import "host" "c" (global $c i32))
      (global $own (export "own") i32 (global.get $c)) (export "again" (global $a))
      (memory (export "memory") 1) (data (global.get $c) "here")
      (table 8 funcref) (elem (global.get $a) func $f $f)
      (func $f (export "f") (result i32) (i32.sub (global.get $own) (global.get $a))))`;
    const exports = instantiate(meterCoreModule(await assemble(wat)), account, { host: { a: 2, c: 9 } });
    assert.equal(exports["f"]?.(), 7);
    assert.equal((exports["own"] as unknown as { value: number }).value, 9);
    assert.equal((exports["again"] as unknown as { value: number }).value, 2);
    const { buffer } = exports["memory"] as unknown as { buffer: ArrayBuffer };
    assert.equal(Buffer.from(buffer, 9, 4).toString(), "here");
  });

  it("has numbers that become longer because they are one higher", async () => {
    const globals = Array.from({ length: 130 }, (_, index) => `(global (mut i32) (i32.const ${index}))`);
    const wat = `(module ${globals.join("")}
      (func (export "f") (result i32) (global.set 127 (i32.const 5)) (i32.add (global.get 127) (global.get 128)))
      (export "last" (global 129)) (export "edge" (global 127)))`;
    const exports = instantiate(meterCoreModule(await assemble(wat)), new Account());
    assert.equal(exports["f"]?.(), 133);
    assert.equal((exports["edge"] as unknown as { value: number }).value, 5);
    assert.equal((exports["last"] as unknown as { value: number }).value, 129);
  });
});

describe("a module that cannot be metered", () => {
  const reserved: Readonly<Record<string, string>> = {
    "that imports the counter": '(module (import "wrun:meter" "wrun:counter" (global (mut i64))))',
    "that imports a function from where the counter comes from": '(module (import "wrun:meter" "f" (func)))',
    "that exports something by the counter's name": '(module (func (export "wrun:counter")))',
    "that exports something by the name of where the counter comes from":
      '(module (func (export "wrun:meter")))',
  };
  for (const [what, wat] of Object.entries(reserved)) {
    it(`is refused: one ${what}`, async () => {
      const bytes = await assemble(wat);
      assert.match(
        refusal(() => meterCoreModule(bytes)),
        /^CORE_FEATURE_REFUSED.*which is the host's/,
      );
    });
  }

  const features: Readonly<Record<string, readonly [wat: string, name: RegExp]>> = {
    "with a shared memory": ["(module (memory 1 2 shared))", /memory that is shared/],
    "that imports a shared memory": [
      '(module (import "a" "m" (memory 1 2 shared)))',
      /memory that is shared/,
    ],
    "with a 64-bit memory": ["(module (memory i64 1))", /memory of 64 bits/],
    "with a 64-bit table": ["(module (table i64 1 funcref))", /table of 64 bits/],
    "with atomic instructions": [
      "(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))",
      /atomic instructions/,
    ],
    "with relaxed vectors": [
      "(module (func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))))",
      /relaxed vector instructions/,
    ],
    "with structures": ["(module (type (struct (field i32))))", /garbage-collected/],
    "with recursive types": ["(module (rec (type (func)) (type (func))))", /garbage-collected/],
    "with references to any object": ["(module (func (param anyref)))", /garbage-collected/],
    "with small integers as objects": ["(module (func (drop (ref.i31 (i32.const 1)))))", /garbage-collected/],
    "with a null that is an object": ["(module (func (drop (ref.null any))))", /garbage-collected/],
  };
  for (const [what, [wat, name]] of Object.entries(features)) {
    it(`is refused, metered or not, and the feature named: one ${what}`, async () => {
      const bytes = await assemble(wat);
      for (const refuse of [meterCoreModule, refuseCoreFeatures]) {
        const message = refusal(() => refuse(bytes));
        assert.match(message, /^CORE_FEATURE_REFUSED/);
        assert.match(message, name);
      }
    });
  }

  it("is refused by wrun, and not by accident: no opcode that has no meaning is let through", () => {
    // Every opcode of one byte alone in a function of its own: the engine knows some, and these must be known here.
    const before = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
    let unknown = 0;
    for (let code = 0; code < 256; code += 1) {
      const body = [0, 0x00, code, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b];
      const bytes = Uint8Array.from([...before, 10, body.length + 2, 1, body.length, ...body]);
      const message = refusal(() => meterCoreModule(bytes));
      if (!WebAssembly.validate(bytes)) unknown += 1;
      else assert.match(message, /^none$|garbage-collected|atomic/, `0x${code.toString(16)}`);
    }
    assert.ok(unknown > 50);
  });

  it("throws nothing but a refusal, whatever its bytes are, and lets nothing through that is not valid", async () => {
    const starts = await Promise.all(families.map(({ wat }) => assemble(wat)));
    let [accepted, refused] = [0, 0];
    for (const start of starts) {
      for (let at = 8; at < start.length; at += 1) {
        const damaged = Uint8Array.from(start);
        damaged[at] = (start[at] ?? 0) ^ (1 << (at % 8));
        try {
          assert.ok(WebAssembly.validate(meterCoreModule(damaged)), `byte ${at}`);
          accepted += 1;
        } catch (error) {
          assert.ok(isWrunError(error), String(error));
          refused += 1;
        }
      }
    }
    assert.ok(accepted > 100 && refused > 100, `${accepted} accepted, ${refused} refused`);
  });
});
