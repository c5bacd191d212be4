import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it } from "vitest";
import { setImmediate } from "node:timers/promises";
import { digestOf } from "../../../runtime/digest.js";
import { childRegistry } from "../child-registry.js";
import {
  call,
  imageManifest,
  openUpload,
  putBlob,
  putManifest,
  temporaryFolder,
  testRegistry,
} from "../fixture.js";

/** Every stored blob is named after its own hash. */
async function assertContentIsWhole(folder: string): Promise<number> {
  const root = join(folder, "blobs", "sha256");
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const bytes = await readFile(join(parentPath, name));
    assert.equal(createHash("sha256").update(bytes).digest("hex"), name);
  }
  return files.length;
}

describe("a registry that is killed", () => {
  it("in the middle of an upload starts again with nothing of it", async (t) => {
    const folder = join(await temporaryFolder(t), "registry");
    const first = await childRegistry(t, folder);
    const bytes = await imageManifest(first, "a");
    await putManifest(first, "a", "v1", bytes);
    const location = await openUpload(first, "a");
    const { hostname, port } = new URL(first.url);
    const upload = request({ hostname, port, method: "PATCH", path: location });
    upload.on("error", () => {});
    upload.write(Buffer.alloc(500_000, "half"));
    const halves = (): Promise<string[]> => readdir(join(folder, "temporary"));
    while ((await halves()).length === 0) await setImmediate();
    const [half = ""] = await halves();
    while ((await stat(join(folder, "temporary", half))).size === 0) await setImmediate();
    await first.kill();
    assert.equal((await readdir(join(folder, "temporary"))).length, 1);

    const second = await testRegistry(t, {}, folder);
    assert.deepEqual(await readdir(join(folder, "temporary")), []);
    assert.deepEqual((await call(second, "GET", "/v2/a/manifests/v1")).body, bytes);
    assert.equal((await call(second, "GET", location)).code, "BLOB_UPLOAD_UNKNOWN");
    assert.equal(await assertContentIsWhole(folder), 3);
  });

  it("at any moment has all that it acknowledged, and nothing half", async (t) => {
    const folder = join(await temporaryFolder(t), "registry");
    const acknowledged = new Map<string, string>();
    const subject = { mediaType: "application/x.y", digest: digestOf("subject"), size: 7 };
    for (let round = 0; round < 8; round += 1) {
      const registry = await childRegistry(t, folder);
      let answers = 0;
      const push = async (worker: number) => {
        const name = `repo${worker}`;
        for (let count = 0; ; count += 1) {
          const annotations = { at: `${round}/${count}` };
          const bytes = await imageManifest(registry, name, { subject, annotations });
          const tag = `t${round}-${count}`;
          if ((await putManifest(registry, name, tag, bytes)).status !== 201) throw new Error("refused");
          acknowledged.set(`/v2/${name}/manifests/${tag}`, bytes.toString());
          answers += 1;
          // The other workers are somewhere in the middle of a request.
          if (answers === round + 1) await registry.kill();
        }
      };
      await Promise.allSettled([push(0), push(1), push(2)]);
    }
    const registry = await testRegistry(t, {}, folder);
    assert.ok(acknowledged.size >= 36);
    for (const [path, text] of acknowledged) {
      assert.equal((await call(registry, "GET", path)).body.toString(), text);
    }
    for (const name of ["repo0", "repo1", "repo2"]) {
      const reply = await call(registry, "GET", `/v2/${name}/tags/list`);
      const { tags = [] } = JSON.parse(reply.body.toString()) as { tags?: string[] };
      for (const tag of tags)
        assert.equal((await call(registry, "GET", `/v2/${name}/manifests/${tag}`)).status, 200);
    }
    assert.ok((await assertContentIsWhole(folder)) >= acknowledged.size);
    assert.deepEqual(registry.faults, []);
  });
});

describe("a registry whose disk is full", () => {
  it("says so, keeps nothing of the upload, and goes on", async (t) => {
    const folder = join(await temporaryFolder(t), "registry");
    const registry = await childRegistry(t, folder, 200);
    const small = await putBlob(registry, "a", "small");
    const big = Buffer.alloc(600 * 1024, "big");
    const whole = await call(registry, "POST", `/v2/a/blobs/uploads/?digest=${digestOf(big)}`, { body: big });
    assert.equal(whole.status, 507);
    assert.match(whole.body.toString(), /no room left/);
    const location = await openUpload(registry, "a");
    assert.equal((await call(registry, "PATCH", location, { body: big })).status, 507);
    assert.equal((await call(registry, "GET", location)).code, "BLOB_UPLOAD_UNKNOWN");

    const padded = Buffer.concat([await imageManifest(registry, "a"), Buffer.alloc(300 * 1024, " ")]);
    assert.equal((await putManifest(registry, "a", "v1", padded)).status, 507);
    assert.equal((await call(registry, "GET", "/v2/a/manifests/v1")).code, "MANIFEST_UNKNOWN");
    assert.deepEqual(await readdir(join(folder, "temporary")), []);
    assert.equal(await assertContentIsWhole(folder), 3);
    assert.equal((await call(registry, "GET", `/v2/a/blobs/${small.digest}`)).body.toString(), "small");
  });
});
