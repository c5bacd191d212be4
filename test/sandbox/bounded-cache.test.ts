import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { BoundedCache } from "../../runtime/sandbox/bounded-cache.js";

const cacheOf = (...values: readonly string[]): BoundedCache<string> => {
  const cache = new BoundedCache<string>(10, ({ length }) => length);
  for (const value of values) cache.set(value, value);
  return cache;
};
const kept = (cache: BoundedCache<string>, ...keys: readonly string[]): string[] =>
  keys.filter((key) => cache.get(key) !== undefined);

describe("a cache with a bound", () => {
  it("lets go of what was used longest ago", () => {
    assert.deepEqual(kept(cacheOf("aaaa", "bbbb", "cccc"), "aaaa", "bbbb", "cccc"), ["bbbb", "cccc"]);
    const used = cacheOf("aaaa", "bbbb");
    used.get("aaaa");
    used.set("cccc", "cccc");
    assert.deepEqual(kept(used, "aaaa", "bbbb", "cccc"), ["aaaa", "cccc"]);
  });

  it("counts what was put in twice once, and what was taken out not at all", () => {
    const cache = cacheOf("aaaa", "aaaa", "bbbb");
    assert.deepEqual(kept(cache, "aaaa", "bbbb"), ["aaaa", "bbbb"]);
    cache.delete("aaaa");
    cache.delete("aaaa");
    cache.set("cccc", "cccc");
    assert.deepEqual(kept(cache, "aaaa", "bbbb", "cccc"), ["bbbb", "cccc"]);
  });

  it("does not keep what is too heavy for it", () => {
    assert.deepEqual(kept(cacheOf("aaaa", "bbbbbbbbbbbb"), "aaaa", "bbbbbbbbbbbb"), []);
  });
});
