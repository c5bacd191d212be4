import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parse } from "@bytecodealliance/jco";
import { decodeComponent } from "../../runtime/component/index.js";
import { bindImports } from "../../runtime/sandbox/gate/bind-imports.js";
import { guardCore } from "../../runtime/sandbox/gate/guard-core.js";
import { createPoison } from "../../runtime/sandbox/gate/poison.js";
import { uncounted } from "../attacks/uncounted.js";

describe("names that a guest chooses", () => {
  it("reach nothing that JavaScript's objects inherit", async () => {
    // As an object of ours, `imports` would have a property `__proto__` with functions in it that nobody guards.
    for (const namespace of ["__proto__", "constructor", "toString"]) {
      const module = new WebAssembly.Module(
        await parse(`(module (import "${namespace}" "valueOf" (func (param externref) (result externref))))`),
      );
      assert.throws(() => guardCore(createPoison())(module, {}), TypeError, namespace);
    }
  });

  it("cannot be two functions' at once in generated code", async () => {
    // Both are `f64` in JavaScript: a call of the one would pass its arguments under the type of the other.
    const wat = `(component (import "demo:a/b" (instance
      (export "f64" (func (param "n" u8))) (export "f-64" (func (param "s" string))))))`;
    const { imports } = decodeComponent(await parse(wat)).type;
    assert.throws(
      () =>
        bindImports(
          imports,
          () => undefined,
          () => undefined,
          uncounted,
        ),
      /f64/,
    );
  });

  it("cannot be two methods' at once either", async () => {
    const wat = `(component (import "demo:a/b" (instance
      (export "r" (type $r (sub resource)))
      (export "[method]r.f64" (func (param "self" (borrow $r)) (param "n" u8)))
      (export "[method]r.f-64" (func (param "self" (borrow $r)) (param "s" string))))))`;
    const { imports } = decodeComponent(await parse(wat)).type;
    assert.throws(
      () =>
        bindImports(
          imports,
          () => undefined,
          () => undefined,
          uncounted,
        ),
      /f64/,
    );
  });

  it("may be those of what classes have by themselves", async () => {
    const wat = `(component (import "demo:a/b" (instance
      (export "r" (type $r (sub resource)))
      (export "[method]r.constructor" (func (param "self" (borrow $r))))
      (export "[static]r.name" (func))
      (export "to-string" (func)))))`;
    const { imports } = decodeComponent(await parse(wat)).type;
    const calls: string[] = [];
    const bound = bindImports(
      imports,
      () => undefined,
      (call) => calls.push(call.site.function),
      uncounted,
    );
    const interfaces = bound.imports["demo:a/b"] as { toString(): unknown; R: { name(): unknown } };
    interfaces.toString();
    interfaces.R.name();
    assert.deepEqual(calls, ["to-string", "[static]r.name"]);
  });
});
