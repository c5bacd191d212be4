import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, it, type TestContext } from "vitest";
import { toComponent } from "../../runtime/component/index.js";
import { digestOf } from "../../runtime/digest.js";
import { temporaryFolder } from "../authority/temporary-home.js";
import { assemble } from "./sample-components.js";

const writes = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")))`;
/** Shorter than the toolchain's thread takes to start: whoever asks it fails. */
const noTime = 1;

describe("a core module of WASI 0.1", () => {
  let module: Uint8Array;
  beforeAll(async () => {
    module = await assemble(writes);
  });

  const cacheIn = (t: TestContext) => ({ folder: temporaryFolder(t), key: new Uint8Array(32).fill(7) });

  it("is adapted once: the next time what was made is taken from the cache", async (t) => {
    const cache = cacheIn(t);
    await assert.rejects(toComponent(module, { cache, timeout: noTime }), {
      code: "COMPONENT_TOOLCHAIN_TIMEOUT",
    });
    const made = await toComponent(module, { cache });
    assert.equal(made.adaptedFrom, digestOf(module));
    assert.deepEqual(await toComponent(module, { cache, timeout: noTime }), {
      bytes: Buffer.from(made.bytes),
      adaptedFrom: made.adaptedFrom,
    });
  });

  it("is adapted anew where the entry is not the one that was made, or of another module", async (t) => {
    const cache = cacheIn(t);
    await toComponent(module, { cache });
    const anew = (other: Uint8Array, place = cache) =>
      assert.rejects(toComponent(other, { cache: place, timeout: noTime }), {
        code: "COMPONENT_TOOLCHAIN_TIMEOUT",
      });
    await anew(await assemble(writes.replace("1)", "2)")));
    const [entry = ""] = readdirSync(cache.folder);
    const path = join(cache.folder, entry, "0");
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await anew(module);
    assert.deepEqual(readdirSync(cache.folder), [], "a damaged entry is gone");
    await toComponent(module, { cache });
    await anew(module, { ...cache, key: new Uint8Array(32).fill(8) });
  });

  it("is left as it is where it is a component", async () => {
    const component = await assemble("(component)");
    assert.deepEqual(await toComponent(component, { timeout: noTime }), {
      bytes: component,
      adaptedFrom: undefined,
    });
  });
});
