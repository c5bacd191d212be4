import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { isWrunError } from "../../runtime/index.js";
import { loadHostPackages } from "../../runtime/sandbox/load-host-packages.js";

function moduleOf(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

async function refusalOf(url: string): Promise<string> {
  try {
    await loadHostPackages(url);
    return "none";
  } catch (error) {
    if (!isWrunError(error)) throw error;
    assert.equal(error.code, "HOST_PACKAGES_UNUSABLE");
    return error.message;
  }
}

const one = `{ name: "acme:one", version: "1.0.0", interfaces: {}, prepare: async () => ({}) }`;

describe("a module of host packages", () => {
  it("is taken where it exports a list of them", async () => {
    const [item] = await loadHostPackages(moduleOf(`export const hostPackages = [${one}];`));
    assert.equal(item?.name, "acme:one");
    const ours = new URL("../../host-interfaces/index.js", import.meta.url);
    assert.deepEqual(await loadHostPackages(ours.href), hostPackages);
  });

  const broken: Readonly<Record<string, readonly [string, RegExp]>> = {
    "has a syntax error": ["export const = 1", /does not load: /],
    "throws when it is loaded": ["throw new Error('no database')", /does not load: no database/],
    "throws no error": ["throw 7", /does not load: 7/],
    "exports nothing of that name": ["export default []", /exports no list hostPackages/],
    "exports something else than a list": ["export const hostPackages = {}", /exports no list hostPackages/],
    "has a hole in its list": [
      `export const hostPackages = [${one}, undefined]`,
      /entry 1 is not a host package/,
    ],
    "has half a package": [`export const hostPackages = [{ name: "a:b" }]`, /entry 0 is not a host package/],
    "has two packages of a name": [
      `export const hostPackages = [${one}, ${one}]`,
      /has two packages acme:one/,
    ],
    "types another package's function": [
      `export const hostPackages = [{ ...${one}, functionTypes: { "wasi:cli/exit#exit": "() -> _" } }]`,
      /acme:one gives a type to wasi:cli\/exit#exit, which is not its own/,
    ],
  };
  for (const [what, [source, message]] of Object.entries(broken)) {
    it(`is refused where it ${what}`, async () => {
      assert.match(await refusalOf(moduleOf(source)), message);
    });
  }

  it("is refused where there is none", async () => {
    assert.match(await refusalOf("file:///nowhere/packages.js"), /^the host packages of file:\/\/\/nowhere/);
  });
});
