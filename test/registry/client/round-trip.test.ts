import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  listTags,
  parseReference,
  pullComponent,
  pushComponent,
  pushSignature,
  resolveTag,
} from "../../../registry/index.js";
import { digestOf } from "../../../runtime/digest.js";
import { childRegistry } from "../child-registry.js";
import { call, temporaryFolder, testRegistry } from "../fixture.js";

const component = Buffer.alloc(300_000, "component");
const config = { imports: ["wasi:io/streams@0.2.6"], exports: ["run"], created: new Date(0) };
const certificates = [Buffer.from("leaf"), Buffer.from("root")];
const envelope = (note: string) =>
  Buffer.from(
    JSON.stringify({
      payload: note,
      protected: "e30",
      header: { x5c: certificates.map((certificate) => certificate.toString("base64")) },
      signature: "AA",
    }),
  );

describe("a component", () => {
  it("comes back as it was pushed, with its signatures", async (t) => {
    const registry = await testRegistry(t);
    const reference = parseReference(`${registry.address}/team/tool:1.0.0`);
    const seen: number[] = [];
    const pushed = await pushComponent(
      { reference, componentBytes: component, config, sign: () => envelope("first") },
      { onProgress: (done, total) => seen.push(done / total) },
    );
    assert.equal(seen.at(-1), 1);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    await pushSignature({
      reference,
      manifestDescriptor: pushed.descriptor,
      envelopeBytes: envelope("second"),
    });

    const pulls: [number, number][] = [];
    const pulled = await pullComponent(reference, { onProgress: (done, total) => pulls.push([done, total]) });
    assert.deepEqual(pulls.at(-1), [component.length, component.length]);
    assert.equal(pulled.reference, reference.text);
    assert.ok(component.equals(pulled.componentBytes));
    assert.deepEqual(Buffer.from(pulled.manifestBytes), Buffer.from(pushed.manifestBytes));
    assert.equal(digestOf(pulled.manifestBytes), pushed.manifestDigest);
    const envelopes = pulled.envelopes
      .map(({ mediaType, bytes }) => `${mediaType} ${Buffer.from(bytes).toString()}`)
      .sort();
    assert.deepEqual(envelopes, [
      `application/jose+json ${envelope("first").toString()}`,
      `application/jose+json ${envelope("second").toString()}`,
    ]);

    const pinned = parseReference(`${registry.address}/team/tool:other@${pushed.manifestDigest}`);
    assert.ok(component.equals((await pullComponent(pinned)).componentBytes));
    assert.equal((await resolveTag(reference)).digest, pushed.manifestDigest);
    assert.deepEqual(await listTags(reference), ["1.0.0"]);
    assert.deepEqual(registry.faults, []);
  });

  it("is laid out as the CNCF Wasm artifact", async (t) => {
    const registry = await testRegistry(t);
    const reference = parseReference(`${registry.address}/tool:1`);
    const target = "wasi:cli/command@0.2.6";
    const pushed = await pushComponent({
      reference,
      componentBytes: component,
      config: { ...config, target },
    });
    const manifest = JSON.parse(Buffer.from(pushed.manifestBytes).toString()) as Record<
      string,
      { digest: string }
    >;
    const { config: configDescriptor, ...rest } = manifest;
    assert.deepEqual(rest, {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      layers: [{ mediaType: "application/wasm", digest: digestOf(component), size: component.length }],
    });
    const blob = await call(registry, "GET", `/v2/tool/blobs/${configDescriptor?.digest}`);
    assert.deepEqual(configDescriptor, {
      mediaType: "application/vnd.wasm.config.v0+json",
      digest: digestOf(blob.body),
      size: blob.body.length,
    });
    assert.deepEqual(JSON.parse(blob.body.toString()), {
      created: "1970-01-01T00:00:00.000Z",
      architecture: "wasm",
      os: "wasip2",
      layerDigests: [digestOf(component)],
      component: { imports: config.imports, exports: config.exports, target },
    });
  });

  it("has its signature stored as the Notary Project does, and only once", async (t) => {
    const registry = await testRegistry(t);
    const reference = parseReference(`${registry.address}/tool:1`);
    const { descriptor } = await pushComponent({ reference, componentBytes: component, config });
    const signature = { reference, manifestDescriptor: descriptor, envelopeBytes: envelope("one") };
    const { manifestDigest } = await pushSignature(signature);
    assert.equal((await pushSignature(signature)).manifestDigest, manifestDigest);
    const manifest = await call(registry, "GET", `/v2/tool/manifests/${manifestDigest}`);
    const hex = certificates.map((bytes) => createHash("sha256").update(bytes).digest("hex"));
    assert.deepEqual(JSON.parse(manifest.body.toString()), {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.cncf.notary.signature", digest: digestOf("{}"), size: 2 },
      layers: [
        {
          mediaType: "application/jose+json",
          digest: digestOf(envelope("one")),
          size: envelope("one").length,
        },
      ],
      subject: descriptor,
      annotations: { "io.cncf.notary.x509chain.thumbprint#S256": JSON.stringify(hex) },
    });
    assert.equal((await pullComponent(reference)).envelopes.length, 1);
  });

  it("is in the registry unsigned at no moment", async (t) => {
    const registry = await testRegistry(t);
    const reference = parseReference(`${registry.address}/tool:1`);
    const sign = async () => {
      await assert.rejects(resolveTag(reference), { code: "REGISTRY_NOT_FOUND" });
      return envelope("x");
    };
    await pushComponent({ reference, componentBytes: component, config, sign });
    const failing = {
      reference,
      componentBytes: Buffer.from("next"),
      config,
      sign: () => Buffer.from("no envelope"),
    };
    const before = await resolveTag(reference);
    await assert.rejects(pushComponent(failing), { code: "SIGNATURE_ENVELOPE_MALFORMED" });
    assert.deepEqual(await resolveTag(reference), before);
  });

  it("that is not there is named", async (t) => {
    const registry = await testRegistry(t);
    const reference = parseReference(`${registry.address}/tool:1`);
    const absent = { code: "REGISTRY_NOT_FOUND", message: new RegExp(`${registry.address}/tool:1`) };
    await assert.rejects(pullComponent(reference), absent);
    await assert.rejects(resolveTag(reference), absent);
    await assert.rejects(listTags(reference), absent);
    const vague = parseReference(`${registry.address}/tool`);
    await assert.rejects(pullComponent(vague), { code: "REFERENCE_INCOMPLETE" });
    await assert.rejects(pushComponent({ reference: vague, componentBytes: component, config }), {
      code: "REFERENCE_INCOMPLETE",
    });
  });

  it("cannot be pushed under another's digest", async (t) => {
    const registry = await testRegistry(t);
    const reference = parseReference(`${registry.address}/tool:1@${digestOf("another")}`);
    const pushed = pushComponent({ reference, componentBytes: component, config });
    await assert.rejects(pushed, { code: "REGISTRY_DIGEST_MISMATCH" });
    await assert.rejects(listTags(reference), { code: "REGISTRY_NOT_FOUND" });
  });
});

describe("a transfer", () => {
  it("can be cancelled", async (t) => {
    const registry = await testRegistry(t);
    const reference = parseReference(`${registry.address}/tool:1`);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    const big = Buffer.alloc(5_000_000, "x");
    const options = { onProgress, signal: controller.signal };
    await assert.rejects(pushComponent({ reference, componentBytes: big, config }, options), {
      code: "REGISTRY_CANCELLED",
    });
    await assert.rejects(resolveTag(reference), { code: "REGISTRY_NOT_FOUND" });
  });

  it("to a registry that is not there says so", async (t) => {
    const registry = await testRegistry(t);
    const reference = parseReference(`${registry.address}/tool:1`);
    await registry.close();
    const expected = { code: "REGISTRY_UNREACHABLE", message: /ECONNREFUSED/ };
    await assert.rejects(pullComponent(reference), expected);
    await assert.rejects(pushComponent({ reference, componentBytes: component, config }), expected);
    const named = parseReference(`${registry.address.replace("127.0.0.1", "localhost")}/tool:1`);
    await assert.rejects(pullComponent(named), expected);
  });

  it("to a registry that is killed in its middle says so and changes nothing", async (t) => {
    const folder = join(await temporaryFolder(t), "registry");
    const registry = await childRegistry(t, folder);
    const reference = parseReference(`${registry.address}/tool:1`);
    await pushComponent({ reference, componentBytes: component, config });
    const big = Buffer.alloc(20_000_000, "x");
    let killed: Promise<void> | undefined;
    const onProgress = () => void (killed ??= registry.kill());
    await assert.rejects(
      pushComponent({ reference, componentBytes: big, config }, { onProgress }),
      (error) => {
        assert.match((error as { code: string }).code, /^REGISTRY_(?:CONNECTION_LOST|UNREACHABLE)$/);
        return true;
      },
    );
    await killed;
    const again = await testRegistry(t, {}, folder);
    const pulled = await pullComponent(parseReference(`${again.address}/tool:1`));
    assert.ok(component.equals(pulled.componentBytes));
  });

  it("to a registry without room says so", async (t) => {
    const registry = await childRegistry(t, join(await temporaryFolder(t), "registry"), 100);
    const reference = parseReference(`${registry.address}/tool:1`);
    await assert.rejects(pushComponent({ reference, componentBytes: component, config }), {
      code: "REGISTRY_FULL",
    });
  });

  it("of something too large says what the registry said", async (t) => {
    const registry = await testRegistry(t, { maxBlobBytes: 1000 });
    const reference = parseReference(`${registry.address}/tool:1`);
    await assert.rejects(pushComponent({ reference, componentBytes: component, config }), {
      code: "REGISTRY_REFUSED",
      message: /413 while pushing the component: it says "SIZE_INVALID: [^"]+"$/,
    });
  });
});
