import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, it } from "vitest";
import { promisify } from "node:util";
import { listTags, parseReference, pullComponent, pushComponent } from "../../registry/index.js";
import { digestOf } from "../../runtime/digest.js";
import { call, imageManifestType, temporaryFolder, testRegistry } from "./fixture.js";

const run = promisify(execFile);
const missing = spawnSync("skopeo", ["--version"]).error !== undefined;
const copy = ["--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"];

/** An OCI image layout with one component in it under the tag `v1`. */
async function writeLayout(folder: string): Promise<{ manifest: Buffer; component: Buffer }> {
  const blobs = join(folder, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const write = async (mediaType: string, bytes: Buffer) => {
    const digest = digestOf(bytes);
    await writeFile(join(blobs, digest.slice("sha256:".length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const component = Buffer.concat([
    Buffer.from("\0asm\r\0\x01\0", "latin1"),
    Buffer.alloc(2_000_000, "skopeo"),
  ]);
  const config = await write(
    "application/vnd.wasm.config.v0+json",
    Buffer.from('{"architecture":"wasm","os":"wasip2"}'),
  );
  const layers = [await write("application/wasm", component)];
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: imageManifestType, config, layers }),
  );
  const annotations = { "org.opencontainers.image.ref.name": "v1" };
  const manifests = [{ ...(await write(imageManifestType, manifest)), annotations }];
  await writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  return { manifest, component };
}

describe("skopeo", () => {
  beforeEach((t) => t.skip(missing, "skopeo is not installed"));
  it("pushes a component that wrun pulls, and pulls it back unchanged", async (t) => {
    const registry = await testRegistry(t);
    const folder = await temporaryFolder(t);
    const { manifest, component } = await writeLayout(join(folder, "out"));
    const remote = `docker://${registry.address}/team/tool:v1`;
    await run("skopeo", [...copy, `oci:${join(folder, "out")}:v1`, remote]);
    assert.deepEqual((await call(registry, "GET", "/v2/team/tool/manifests/v1")).body, manifest);
    const pulled = await pullComponent(parseReference(`${registry.address}/team/tool:v1`));
    assert.ok(component.equals(pulled.componentBytes));

    await run("skopeo", [...copy, remote, `oci:${join(folder, "back")}:v1`]);
    const index = JSON.parse(await readFile(join(folder, "back", "index.json"), "utf8")) as {
      manifests: { digest: string }[];
    };
    assert.equal(index.manifests[0]?.digest, digestOf(manifest));
    assert.deepEqual(registry.faults, []);
  });

  it("pulls, copies and deletes what wrun pushed", async (t) => {
    const registry = await testRegistry(t);
    const folder = await temporaryFolder(t);
    const reference = parseReference(`${registry.address}/team/tool:v1`);
    const componentBytes = Buffer.alloc(100_000, "wrun");
    const pushed = await pushComponent({ reference, componentBytes, config: { imports: [], exports: [] } });
    const remote = `docker://${registry.address}/team/tool:v1`;
    await run("skopeo", [...copy, remote, `oci:${join(folder, "back")}:v1`]);
    const blobs = join(folder, "back", "blobs", "sha256");
    assert.ok(componentBytes.equals(await readFile(join(blobs, digestOf(componentBytes).slice(7)))));
    assert.deepEqual(
      await readFile(join(blobs, pushed.manifestDigest.slice(7))),
      Buffer.from(pushed.manifestBytes),
    );

    await run("skopeo", [...copy, remote, `docker://${registry.address}/other/place:v2`]);
    const copied = await pullComponent(parseReference(`${registry.address}/other/place:v2`));
    assert.deepEqual(copied.manifestBytes, Buffer.from(pushed.manifestBytes));
    const { stdout } = await run("skopeo", [
      "list-tags",
      "--tls-verify=false",
      `docker://${registry.address}/team/tool`,
    ]);
    assert.deepEqual((JSON.parse(stdout) as { Tags: string[] }).Tags, ["v1"]);
    await run("skopeo", ["delete", "--tls-verify=false", remote]);
    assert.deepEqual(await listTags(reference), []);
    assert.deepEqual(registry.faults, []);
  });
});
