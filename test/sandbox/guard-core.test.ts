import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parse } from "@bytecodealliance/jco";
import { guardCore } from "../../runtime/sandbox/gate/guard-core.js";
import { createPoison } from "../../runtime/sandbox/gate/poison.js";

/** Calls `host.call` inside catch_all, counts what it caught, and calls again, up to ten times. */
const catchesEverything = `(module
  (import "host" "call" (func $call))
  (global $caught (mut i32) (i32.const 0))
  (func (export "caught") (result i32) (global.get $caught))
  (func (export "run")
    (local $n i32)
    (loop $again
      try
        call $call
      catch_all
        (global.set $caught (i32.add (global.get $caught) (i32.const 1)))
      end
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (i32.const 10))))))`;

const recursesForever = `(module
  (import "host" "call" (func $call))
  (func $down (export "run") (call $call) (call $down)))`;

async function compile(wat: string): Promise<WebAssembly.Module> {
  return new WebAssembly.Module(await parse(wat));
}

function exported(instance: WebAssembly.Instance, name: string): () => unknown {
  const value = instance.exports[name];
  assert.equal(typeof value, "function");
  return value as () => unknown;
}

describe("the guard around a core instance", () => {
  it("is needed: without it, a guest catches what a host function throws and goes on", async () => {
    const module = await compile(catchesEverything);
    for (const thrown of [new Error("denied"), new WebAssembly.RuntimeError("denied"), "a string"]) {
      const instance = new WebAssembly.Instance(module, {
        host: {
          call: () => {
            throw thrown;
          },
        },
      });
      exported(instance, "run")();
      assert.equal(exported(instance, "caught")(), 10);
    }
  });

  it("makes a trap of whatever a host function throws", async () => {
    const module = await compile(catchesEverything);
    for (const thrown of [
      new Error("denied"),
      new WebAssembly.RuntimeError("denied"),
      "a string",
      undefined,
    ]) {
      const poison = createPoison();
      let calls = 0;
      const instance = guardCore(poison)(module, {
        host: {
          call: () => {
            calls += 1;
            throw thrown;
          },
        },
      });
      assert.throws(exported(instance, "run"), WebAssembly.RuntimeError);
      assert.equal(exported(instance, "caught")(), 0);
      assert.equal(calls, 1);
      assert.equal(poison.end?.kind, "fault");
    }
  });

  it("traps a guest that calls again after its run was poisoned, without calling the host", async () => {
    const module = await compile(catchesEverything);
    const poison = createPoison();
    let calls = 0;
    const instance = guardCore(poison)(module, {
      host: {
        call: () => {
          calls += 1;
          poison.trap({ kind: "limit", reason: "first" });
        },
      },
    });
    assert.throws(exported(instance, "run"), WebAssembly.RuntimeError);
    assert.throws(exported(instance, "run"), WebAssembly.RuntimeError);
    assert.equal(calls, 1);
    assert.deepEqual(poison.end, { kind: "limit", reason: "first" });
    assert.equal(exported(instance, "caught")(), 0);
  });

  it("traps after a call in which something swallowed the trap", async () => {
    const module = await compile(catchesEverything);
    const poison = createPoison();
    const instance = guardCore(poison)(module, {
      host: {
        call: () => {
          try {
            poison.trap({ kind: "untrusted" });
          } catch {
            // A frame of the generated code that turns every exception into a WIT error.
          }
        },
      },
    });
    assert.throws(exported(instance, "run"), WebAssembly.RuntimeError);
    assert.equal(exported(instance, "caught")(), 0);
  });

  it("keeps the first end, since later ones are its consequences", () => {
    const poison = createPoison();
    assert.throws(() => poison.trap({ kind: "exit", code: 3 }));
    assert.throws(() => poison.trap({ kind: "untrusted" }));
    assert.deepEqual(poison.end, { kind: "exit", code: 3 });
  });

  it("ends a guest that uses up the stack from within a host call", async () => {
    const module = await compile(recursesForever);
    const poison = createPoison();
    const instance = guardCore(poison)(module, { host: { call: () => undefined } });
    assert.throws(exported(instance, "run"));
  });

  it("passes functions of other core instances through untouched", async () => {
    const poison = createPoison();
    const instantiate = guardCore(poison);
    const inner = instantiate(await compile(`(module (func (export "f") (result i32) i32.const 7))`));
    const outer = instantiate(
      await compile(
        `(module (import "a" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))`,
      ),
      { a: { f: inner.exports["f"] } },
    );
    assert.equal(exported(outer, "g")(), 7);
  });
});
