import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createRuntime, isWrunError } from "../../../runtime/index.js";
import { verifyComponent } from "../../../runtime/sandbox/admission/admit.js";
import { createLinker } from "../../../runtime/sandbox/admission/linker.js";
import { createPolicyLoader } from "../../../runtime/sandbox/admission/policy-loader.js";
import { createCodeCache } from "../../../runtime/sandbox/supervisor/code-cache.js";
import { compileCode } from "../../../runtime/sandbox/worker/compile-code.js";
import { type Arena, openArena, policyOf, unsignedGuest } from "../../attacks/harness.js";

const caps = { memoryBytes: 1 << 20, tableElements: 1000 };

describe("what admission remembers", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ createRuntime });
  });
  afterAll(() => arena.close());
  const component = async (name: string) => verifyComponent(await unsignedGuest(name), arena.runtime.node);

  it("is a component that was linked: once for all who ask at a time, and without the disk afterwards", async () => {
    const { cache } = arena.runtime.node;
    const link = createLinker(cache);
    const hello = await component("hello-0.2.12");
    const [one, two] = await Promise.all([link(hello), link(await component("hello-0.2.12"))]);
    assert.equal(one, two);
    await rm(cache.folder, { recursive: true });
    assert.equal(await link(hello), one);
    assert.notEqual((await link(await component("spin"))).glue, one.glue);
  });

  it("is nothing that failed", async () => {
    const { cache } = arena.runtime.node;
    const link = createLinker(cache);
    const spin = await component("spin");
    const changed = spin.bytes.slice();
    spin.bytes.fill(0);
    await assert.rejects(link(spin), { code: "COMPONENT_LINK_FAILED" });
    await assert.rejects(link(spin), { code: "COMPONENT_LINK_FAILED" });
    spin.bytes.set(changed);
    assert.equal((await link(spin)).digest, spin.digest);
  });

  it("is not asked about a component that nothing verified", async () => {
    const hello = await component("hello-0.2.12");
    const link = createLinker(arena.runtime.node.cache);
    await link(hello);
    assert.throws(
      () => link({ ...hello }),
      (error) => isWrunError(error) && error.code === "INTERNAL",
    );
  });

  it("is a policy of the same bytes and the same name, and no other", () => {
    const load = createPolicyLoader(arena.runtime.node.contracts);
    const bytes = Buffer.from(policyOf());
    const policy = load(bytes, "a.yaml");
    assert.equal(load(Buffer.from(bytes), "a.yaml"), policy);
    assert.notEqual(load(bytes, "b.yaml"), policy);
    assert.equal(load(bytes, "b.yaml").manifest.source, "b.yaml");
    const other = Buffer.from(policyOf(['{ id: log, interface: "wasi:logging/logging" }']));
    assert.notEqual(load(other, "a.yaml").digest, policy.digest);
    assert.throws(() => load(Buffer.from("kind: Policy"), "a.yaml"), { code: "POLICY_KEY_MISSING" });
  });

  it("is what a worker compiled of one linking under certain caps, and under no others", async () => {
    const link = createLinker(arena.runtime.node.cache);
    const [hello, spin] = [await link(await component("hello-0.2.12")), await link(await component("spin"))];
    const cache = createCodeCache();
    const code = cache.codeFor(hello, caps);
    assert.ok(code.kind === "linked");
    const compiled = compileCode(code, caps);
    cache.keep(hello, caps, compiled);
    assert.equal(cache.codeFor(hello, { ...caps }), compiled);
    assert.equal(cache.codeFor(hello, { ...caps, memoryBytes: 2 << 20 }).kind, "linked");
    assert.equal(cache.codeFor(spin, caps).kind, "linked");
  });
});
