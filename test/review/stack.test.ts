import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parse } from "@bytecodealliance/jco";
import { guardCore } from "../../runtime/sandbox/gate/guard-core.js";
import { createPoison } from "../../runtime/sandbox/gate/poison.js";

/** Goes down until the stack is used up, calling the host on each level, and would go on after whatever happens. */
const catchesOnEveryLevel = `(module
  (import "host" "call" (func $call))
  (global $caught (mut i32) (i32.const 0))
  (func (export "caught") (result i32) (global.get $caught))
  (func $down (export "run")
    try
      call $call
      call $down
    catch_all
      (global.set $caught (i32.add (global.get $caught) (i32.const 1)))
    end))`;

describe("a stack that is used up inside of the host", () => {
  it("ends the guest, whatever catches there are, though no trap of ours had room to run", async () => {
    const module = new WebAssembly.Module(await parse(catchesOnEveryLevel));
    // How much the host needs below the guest differs, so that the end is met in every part of the guard.
    for (let needs = 0; needs < 40; needs += 1) {
      let begun = 0;
      let done = 0;
      const deep = (left: number): number => (left === 0 ? 0 : 1 + deep(left - 1));
      const call = (): void => {
        begun += 1;
        deep(needs);
        done += 1;
      };
      const { run, caught } = guardCore(createPoison())(module, { host: { call } }).exports as Record<
        string,
        () => unknown
      >;
      assert.throws(() => run?.());
      assert.equal(caught?.(), 0);
      assert.ok(begun - done <= 1, `${begun - done} calls were left halfway`);
    }
  });
});
