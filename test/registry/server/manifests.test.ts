import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { digestOf } from "../../../runtime/digest.js";
import {
  call,
  imageIndexType,
  imageManifest,
  imageManifestType,
  putBlob,
  putManifest,
  type Reply,
  testRegistry,
} from "../fixture.js";

describe("a manifest", () => {
  it("is kept byte for byte with its content type, under its tag and its digest", async (t) => {
    const registry = await testRegistry(t);
    const plain = await imageManifest(registry, "a/b");
    const bytes = Buffer.concat([Buffer.from("  \n"), plain, Buffer.from("\n\n")]);
    const digest = digestOf(bytes);
    const put = await putManifest(registry, "a/b", "v1", bytes, `${imageManifestType}; charset=utf-8`);
    assert.equal(put.status, 201);
    assert.equal(put.headers["location"], `/v2/a/b/manifests/${digest}`);
    assert.equal(put.headers["docker-content-digest"], digest);
    assert.equal(put.headers["oci-subject"], undefined);
    for (const target of ["v1", digest]) {
      const got = await call(registry, "GET", `/v2/a/b/manifests/${target}`, {
        headers: { accept: "text/html" },
      });
      assert.deepEqual(got.body, bytes);
      assert.equal(got.headers["content-type"], imageManifestType);
      assert.equal(got.headers["docker-content-digest"], digest);
      const head = await call(registry, "HEAD", `/v2/a/b/manifests/${target}`);
      assert.equal(head.headers["content-length"], String(bytes.length));
      assert.equal(head.headers["content-type"], imageManifestType);
    }
  });

  it("can be pushed by its digest, and by no other", async (t) => {
    const registry = await testRegistry(t);
    const bytes = await imageManifest(registry, "a");
    assert.equal((await putManifest(registry, "a", digestOf(bytes), bytes)).status, 201);
    assert.equal((await putManifest(registry, "a", digestOf("other"), bytes)).code, "DIGEST_INVALID");
  });

  it("moves its tag when another one is pushed under it", async (t) => {
    const registry = await testRegistry(t);
    const first = await imageManifest(registry, "a");
    const second = await imageManifest(registry, "a", { annotations: { second: "yes" } });
    await putManifest(registry, "a", "v1", first);
    await putManifest(registry, "a", "v1", second);
    assert.deepEqual((await call(registry, "GET", "/v2/a/manifests/v1")).body, second);
    assert.deepEqual((await call(registry, "GET", `/v2/a/manifests/${digestOf(first)}`)).body, first);
  });

  it("keeps tags apart that differ only in case", async (t) => {
    const registry = await testRegistry(t);
    const first = await imageManifest(registry, "a");
    const second = await imageManifest(registry, "a", { annotations: { second: "yes" } });
    await putManifest(registry, "a", "Tag", first);
    await putManifest(registry, "a", "tag", second);
    assert.deepEqual((await call(registry, "GET", "/v2/a/manifests/Tag")).body, first);
  });

  it("loses a tag alone, and all its tags when it is deleted by digest", async (t) => {
    const registry = await testRegistry(t);
    const bytes = await imageManifest(registry, "a");
    for (const tag of ["x", "y", "z"]) await putManifest(registry, "a", tag, bytes);
    assert.equal((await call(registry, "DELETE", "/v2/a/manifests/x")).status, 202);
    assert.equal((await call(registry, "GET", "/v2/a/manifests/x")).code, "MANIFEST_UNKNOWN");
    assert.equal((await call(registry, "GET", "/v2/a/manifests/y")).status, 200);
    assert.equal((await call(registry, "DELETE", `/v2/a/manifests/${digestOf(bytes)}`)).status, 202);
    assert.equal(
      (await call(registry, "DELETE", `/v2/a/manifests/${digestOf(bytes)}`)).code,
      "MANIFEST_UNKNOWN",
    );
    const tags = await call(registry, "GET", "/v2/a/tags/list");
    assert.deepEqual(JSON.parse(tags.body.toString()), { name: "a", tags: [] });
  });

  it("of an index is taken when all its manifests are there", async (t) => {
    const registry = await testRegistry(t);
    const image = await imageManifest(registry, "a");
    const entry = { mediaType: imageManifestType, digest: digestOf(image), size: image.length };
    const index = JSON.stringify({ schemaVersion: 2, mediaType: imageIndexType, manifests: [entry] });
    assert.equal(
      (await putManifest(registry, "a", "i", index, imageIndexType)).code,
      "MANIFEST_BLOB_UNKNOWN",
    );
    await putManifest(registry, "a", entry.digest, image);
    assert.equal((await putManifest(registry, "a", "i", index, imageIndexType)).status, 201);
  });

  it("of exactly 4 MiB is taken, and one byte more is not", async (t) => {
    const registry = await testRegistry(t);
    const bytes = await imageManifest(registry, "a");
    const padded = Buffer.concat([bytes, Buffer.alloc(4 * 1024 ** 2 - bytes.length, " ")]);
    assert.equal((await putManifest(registry, "a", "v1", padded)).status, 201);
    const larger = Buffer.concat([padded, Buffer.from(" ")]);
    const reply = await putManifest(registry, "a", "v2", larger);
    assert.deepEqual([reply.status, reply.code], [413, "SIZE_INVALID"]);
    const chunked = { "content-type": imageManifestType, "transfer-encoding": "chunked" };
    const sneaky = await call(registry, "PUT", "/v2/a/manifests/v2", { headers: chunked, body: larger });
    assert.deepEqual([sneaky.status, sneaky.code], [413, "SIZE_INVALID"]);
  });
});

describe("a manifest is refused if", () => {
  const config = { mediaType: "application/x.c", digest: digestOf("{}"), size: 2 };
  const valid = { schemaVersion: 2, mediaType: imageManifestType, config, layers: [] };
  const json = (change: Record<string, unknown>) => JSON.stringify({ ...valid, ...change });

  const cases: readonly [string, string | Buffer, string, string][] = [
    ["it is not JSON", "not JSON", imageManifestType, "MANIFEST_INVALID"],
    ["it is empty", "", imageManifestType, "MANIFEST_INVALID"],
    ["it is not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), imageManifestType, "MANIFEST_INVALID"],
    ["it is a list", "[]", imageManifestType, "MANIFEST_INVALID"],
    ["it is null", "null", imageManifestType, "MANIFEST_INVALID"],
    ["its type is unknown", json({ mediaType: "text/plain" }), "text/plain", "MANIFEST_INVALID"],
    [
      "its type contradicts the header",
      json({ mediaType: imageIndexType }),
      imageManifestType,
      "MANIFEST_INVALID",
    ],
    ["it is of schema 1", json({ schemaVersion: 1 }), imageManifestType, "MANIFEST_INVALID"],
    ["it has no config", json({ config: undefined }), imageManifestType, "MANIFEST_INVALID"],
    ["it has no layers", json({ layers: undefined }), imageManifestType, "MANIFEST_INVALID"],
    ["it is both an image and an index", json({ manifests: [] }), imageManifestType, "MANIFEST_INVALID"],
    ["a size is negative", json({ config: { ...config, size: -1 } }), imageManifestType, "MANIFEST_INVALID"],
    [
      "a size is a fraction",
      json({ config: { ...config, size: 1.5 } }),
      imageManifestType,
      "MANIFEST_INVALID",
    ],
    ["a size is text", json({ config: { ...config, size: "2" } }), imageManifestType, "MANIFEST_INVALID"],
    [
      "a digest climbs",
      json({ config: { ...config, digest: "sha256:../../../etc/passwd" } }),
      imageManifestType,
      "MANIFEST_INVALID",
    ],
    [
      "a media type breaks the line",
      json({ artifactType: "a/b\r\nx: y" }),
      imageManifestType,
      "MANIFEST_INVALID",
    ],
    ["an annotation is not text", json({ annotations: { a: 1 } }), imageManifestType, "MANIFEST_INVALID"],
    ["its subject is malformed", json({ subject: { digest: "x" } }), imageManifestType, "MANIFEST_INVALID"],
    ["a size is not the blob's", json({ config: { ...config, size: 3 } }), imageManifestType, "SIZE_INVALID"],
    [
      "a blob is missing",
      json({ layers: [{ ...config, digest: digestOf("absent") }] }),
      imageManifestType,
      "MANIFEST_BLOB_UNKNOWN",
    ],
  ];
  for (const [title, body, type, code] of cases) {
    it(title, async (t) => {
      const registry = await testRegistry(t);
      await putBlob(registry, "a", "{}");
      assert.equal((await putManifest(registry, "a", "control", json({}))).status, 201);
      assert.equal((await putManifest(registry, "a", "v1", body, type)).code, code);
      assert.equal((await call(registry, "GET", "/v2/a/manifests/v1")).code, "MANIFEST_UNKNOWN");
      assert.deepEqual(registry.faults, []);
    });
  }

  it("its blobs are in another repository only", async (t) => {
    const registry = await testRegistry(t);
    const bytes = await imageManifest(registry, "a");
    assert.equal((await putManifest(registry, "b", "v1", bytes)).code, "MANIFEST_BLOB_UNKNOWN");
  });
});

describe("referrers", () => {
  interface Entry {
    digest: string;
    artifactType?: string;
    annotations?: Record<string, string>;
  }
  const entries = (reply: Reply) => (JSON.parse(reply.body.toString()) as { manifests: Entry[] }).manifests;

  it("are listed with type and annotations, before their subject is there, and filtered", async (t) => {
    const registry = await testRegistry(t);
    const image = await imageManifest(registry, "a");
    const subject = { mediaType: imageManifestType, digest: digestOf(image), size: image.length };
    const annotations = { who: "me", ["__proto__"]: "kept" };
    const typed = await imageManifest(registry, "a", { subject, artifactType: "application/x.sbom" });
    const untyped = Buffer.from(
      (await imageManifest(registry, "a", { subject }))
        .toString()
        .replace(/}$/, ',"annotations":{"who":"me","__proto__":"kept"}}'),
    );
    for (const bytes of [typed, untyped]) {
      const reply = await putManifest(registry, "a", digestOf(bytes), bytes);
      assert.equal(reply.headers["oci-subject"], subject.digest);
    }
    const all = await call(registry, "GET", `/v2/a/referrers/${subject.digest}`);
    assert.equal(all.headers["content-type"], imageIndexType);
    assert.equal(all.headers["oci-filters-applied"], undefined);
    const byDigest = new Map(entries(all).map((entry) => [entry.digest, entry]));
    assert.equal(byDigest.get(digestOf(typed))?.artifactType, "application/x.sbom");
    assert.equal(byDigest.get(digestOf(untyped))?.artifactType, "application/vnd.example.config+json");
    const kept = byDigest.get(digestOf(untyped))?.annotations ?? {};
    assert.deepEqual(
      Object.entries(kept),
      Object.entries({ who: "me", ["__proto__"]: annotations["__proto__"] }),
    );

    const filtered = await call(
      registry,
      "GET",
      `/v2/a/referrers/${subject.digest}?artifactType=application/x.sbom`,
    );
    assert.equal(filtered.headers["oci-filters-applied"], "artifactType");
    assert.deepEqual(
      entries(filtered).map((entry) => entry.digest),
      [digestOf(typed)],
    );

    await call(registry, "DELETE", `/v2/a/manifests/${digestOf(typed)}`);
    const left = await call(registry, "GET", `/v2/a/referrers/${subject.digest}`);
    assert.deepEqual(
      entries(left).map((entry) => entry.digest),
      [digestOf(untyped)],
    );
  });

  it("of another repository are not listed", async (t) => {
    const registry = await testRegistry(t);
    const subject = { mediaType: imageManifestType, digest: digestOf("subject"), size: 7 };
    const bytes = await imageManifest(registry, "a", { subject });
    await putManifest(registry, "a", digestOf(bytes), bytes);
    assert.equal(entries(await call(registry, "GET", `/v2/b/referrers/${subject.digest}`)).length, 0);
  });
});
