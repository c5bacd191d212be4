import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { Script } from "node:vm";
import { compileGlue, runGlue } from "../../../runtime/sandbox/worker/compile-glue.js";

/** The frame of what jco generates, with a body for its function. */
const moduleOf = (body: string, more = ""): string =>
  `"use components";\nexport function instantiate(getCoreModule) {\n${body}\n};\n\nexport const _util = {\n  \n}\n${more}`;

const run = (glue: string, argument: unknown): unknown =>
  (runGlue(compileGlue(glue)) as (argument: unknown) => unknown)(argument);

describe("the script that is made of generated code", () => {
  it("does what the module does, and knows what comes after its function", () => {
    assert.equal(
      run(moduleOf("  return twice(getCoreModule);", "function twice(x) { return 2 * x; }"), 21),
      42,
    );
  });

  it("is strict, as a module is, and leaves nothing in the global scope", () => {
    assert.equal(
      run(moduleOf("  return (function () { return this; })();", "const $left = 1;"), 0),
      undefined,
    );
    assert.throws(() => run(moduleOf("  left = 1;"), 0), ReferenceError);
    assert.equal("$left" in globalThis || "instantiate" in globalThis, false);
  });

  it("is another function each time, with variables of its own", () => {
    const compiled = compileGlue(moduleOf("  return ++count;", "let count = 0;"));
    const [one, two] = [runGlue(compiled), runGlue(compiled)] as [() => number, () => number];
    assert.equal(one(), 1);
    assert.equal(one(), 2);
    assert.equal(two(), 1);
  });

  it("comes with a code cache that the engine takes, also in another thread", () => {
    const { source, cache } = compileGlue(moduleOf("  return 1;"));
    assert.equal(new Script(source, { cachedData: structuredClone(cache) }).cachedDataRejected, false);
  });

  it("is refused where the module has another form than the one that was read", () => {
    for (const glue of [
      "",
      moduleOf("").replace("instantiate", "start"),
      `${moduleOf("")}\nexport function instantiate(second) {}`,
      `import fs from "node:fs";\n${moduleOf("")}`,
      moduleOf("", "export const more = 1;"),
      moduleOf("").replace("_util", "_help"),
    ]) {
      assert.throws(() => compileGlue(glue), { code: "INTERNAL" }, glue);
    }
  });
});
