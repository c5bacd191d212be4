import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { digestOf } from "../../../runtime/digest.js";
import { call, imageManifest, openUpload, putBlob, putManifest, testRegistry } from "../fixture.js";

const hello = Buffer.from("hello, registry");
const digest = digestOf(hello);
const absent = digestOf("never uploaded");

describe("what a registry answers", () => {
  interface Case {
    readonly title: string;
    readonly method: string;
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
    readonly status: number;
    readonly code?: string;
  }

  const cases: readonly Case[] = [
    { title: "its version", method: "GET", path: "/v2/", status: 200 },
    { title: "its version without the slash", method: "GET", path: "/v2", status: 200 },
    { title: "a method it has no use for", method: "DELETE", path: "/v2/", status: 405, code: "UNSUPPORTED" },
    { title: "a method nobody has", method: "OPTIONS", path: "/v2/", status: 405, code: "UNSUPPORTED" },
    { title: "a path outside of the API", method: "GET", path: "/", status: 404, code: "UNSUPPORTED" },
    {
      title: "an endpoint that does not exist",
      method: "GET",
      path: "/v2/a/b/c",
      status: 404,
      code: "UNSUPPORTED",
    },
    { title: "a blob", method: "GET", path: `/v2/a/blobs/${digest}`, status: 200 },
    { title: "a blob's head", method: "HEAD", path: `/v2/a/blobs/${digest}`, status: 200 },
    {
      title: "an unknown blob",
      method: "GET",
      path: `/v2/a/blobs/${absent}`,
      status: 404,
      code: "BLOB_UNKNOWN",
    },
    { title: "an unknown blob's head", method: "HEAD", path: `/v2/a/blobs/${absent}`, status: 404 },
    {
      title: "another repository's blob",
      method: "GET",
      path: `/v2/b/blobs/${digest}`,
      status: 404,
      code: "BLOB_UNKNOWN",
    },
    {
      title: "a digest of another algorithm",
      method: "GET",
      path: `/v2/a/blobs/sha512:${"a".repeat(128)}`,
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      title: "a digest in capitals",
      method: "GET",
      path: `/v2/a/blobs/${digest.toUpperCase()}`,
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      title: "a short digest",
      method: "GET",
      path: "/v2/a/blobs/sha256:abc",
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      title: "a name in capitals",
      method: "GET",
      path: "/v2/A/tags/list",
      status: 400,
      code: "NAME_INVALID",
    },
    {
      title: "a name that is too long",
      method: "GET",
      path: `/v2/${"a".repeat(256)}/tags/list`,
      status: 400,
      code: "NAME_INVALID",
    },
    { title: "no name", method: "GET", path: "/v2//tags/list", status: 400, code: "NAME_INVALID" },
    {
      title: "a name with an underscore first",
      method: "GET",
      path: "/v2/_a/tags/list",
      status: 400,
      code: "NAME_INVALID",
    },
    {
      title: "a name with two slashes",
      method: "GET",
      path: "/v2/a//b/tags/list",
      status: 400,
      code: "NAME_INVALID",
    },
    {
      title: "an unknown repository's tags",
      method: "GET",
      path: "/v2/nobody/tags/list",
      status: 404,
      code: "NAME_UNKNOWN",
    },
    { title: "a repository without tags", method: "GET", path: "/v2/a/tags/list", status: 200 },
    {
      title: "a page size that is not a number",
      method: "GET",
      path: "/v2/a/tags/list?n=-1",
      status: 400,
      code: "UNSUPPORTED",
    },
    {
      title: "two page sizes",
      method: "GET",
      path: "/v2/a/tags/list?n=1&n=2",
      status: 400,
      code: "UNSUPPORTED",
    },
    {
      title: "an unknown manifest",
      method: "GET",
      path: "/v2/a/manifests/none",
      status: 404,
      code: "MANIFEST_UNKNOWN",
    },
    {
      title: "an impossible tag",
      method: "GET",
      path: "/v2/a/manifests/.none",
      status: 404,
      code: "MANIFEST_UNKNOWN",
    },
    {
      title: "a tag that is too long",
      method: "GET",
      path: `/v2/a/manifests/${"t".repeat(129)}`,
      status: 404,
      code: "MANIFEST_UNKNOWN",
    },
    {
      title: "a blob asked for as a manifest",
      method: "GET",
      path: `/v2/a/manifests/${digest}`,
      status: 404,
      code: "MANIFEST_UNKNOWN",
    },
    { title: "the referrers of nothing", method: "GET", path: `/v2/nobody/referrers/${absent}`, status: 200 },
    {
      title: "the referrers of nonsense",
      method: "GET",
      path: "/v2/a/referrers/nonsense",
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      title: "the wrong method on blobs",
      method: "POST",
      path: `/v2/a/blobs/${digest}`,
      status: 405,
      code: "UNSUPPORTED",
    },
    {
      title: "an upload that was never opened",
      method: "PATCH",
      path: "/v2/a/blobs/uploads/00000000-0000-0000-0000-000000000000",
      status: 404,
      code: "BLOB_UPLOAD_UNKNOWN",
    },
    {
      title: "an upload id of another form",
      method: "GET",
      path: "/v2/a/blobs/uploads/1",
      status: 404,
      code: "BLOB_UPLOAD_UNKNOWN",
    },
    {
      title: "a whole blob with the wrong digest",
      method: "POST",
      path: `/v2/a/blobs/uploads/?digest=${absent}`,
      body: "x",
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      title: "a whole blob with a malformed digest",
      method: "POST",
      path: "/v2/a/blobs/uploads/?digest=x",
      body: "x",
      status: 400,
      code: "DIGEST_INVALID",
    },
    {
      title: "an upload by another algorithm",
      method: "POST",
      path: "/v2/a/blobs/uploads/?digest-algorithm=sha512",
      body: "",
      status: 400,
      code: "UNSUPPORTED",
    },
    {
      title: "a mount",
      method: "POST",
      path: `/v2/mounted/blobs/uploads/?mount=${digest}&from=a`,
      body: "",
      status: 201,
    },
    {
      title: "a mount of what is not there",
      method: "POST",
      path: `/v2/mounted/blobs/uploads/?mount=${absent}&from=a`,
      body: "",
      status: 202,
    },
    {
      title: "a mount from nowhere in particular",
      method: "POST",
      path: `/v2/mounted/blobs/uploads/?mount=${digest}`,
      body: "",
      status: 202,
    },
    {
      title: "a mount from a bad name",
      method: "POST",
      path: `/v2/mounted/blobs/uploads/?mount=${digest}&from=../a`,
      body: "",
      status: 400,
      code: "NAME_INVALID",
    },
  ];

  for (const { title, method, path, status, code, ...options } of cases) {
    it(`to ${title} is ${status}${code === undefined ? "" : ` ${code}`}`, async (t) => {
      const registry = await testRegistry(t);
      await putBlob(registry, "a", hello);
      const reply = await call(registry, method, path, options);
      assert.equal(reply.status, status, reply.body.toString());
      assert.equal(reply.code, code);
      assert.deepEqual(registry.faults, []);
    });
  }
});

describe("a blob", () => {
  it("comes back as it went in, with its digest and length", async (t) => {
    const registry = await testRegistry(t);
    await putBlob(registry, "team/tool", hello);
    for (const method of ["GET", "HEAD"]) {
      const reply = await call(registry, method, `/v2/team/tool/blobs/${digest}`);
      assert.deepEqual(reply.body, method === "GET" ? hello : Buffer.alloc(0));
      assert.equal(reply.headers["content-length"], String(hello.length));
      assert.equal(reply.headers["docker-content-digest"], digest);
      assert.equal(reply.headers["content-type"], "application/octet-stream");
    }
  });

  const ranges: readonly [string, number, string][] = [
    ["bytes=0-4", 206, "hello"],
    ["bytes=7-", 206, "registry"],
    ["bytes=-3", 206, "try"],
    ["bytes=-999", 206, "hello, registry"],
    ["bytes=5-999", 206, ", registry"],
    ["bytes=15-20", 416, ""],
    ["bytes=-0", 416, ""],
    ["bytes=4-2", 200, "hello, registry"],
    ["bytes=0-1,3-4", 200, "hello, registry"],
    ["lines=0-1", 200, "hello, registry"],
    ["bytes=-", 200, "hello, registry"],
    [`bytes=${"9".repeat(40)}-`, 200, "hello, registry"],
  ];
  for (const [range, status, text] of ranges) {
    it(`answers Range: ${range.slice(0, 30)} with ${status}`, async (t) => {
      const registry = await testRegistry(t);
      await putBlob(registry, "a", hello);
      const reply = await call(registry, "GET", `/v2/a/blobs/${digest}`, { headers: { range } });
      assert.equal(reply.status, status);
      if (status !== 416) assert.equal(reply.body.toString(), text);
      else assert.equal(reply.headers["content-range"], `bytes */${hello.length}`);
    });
  }

  it("is forgotten by the repository that deletes it, and by no other", async (t) => {
    const registry = await testRegistry(t);
    await putBlob(registry, "a", hello);
    await putBlob(registry, "b", hello);
    assert.equal((await call(registry, "DELETE", `/v2/a/blobs/${digest}`)).status, 202);
    assert.equal((await call(registry, "DELETE", `/v2/a/blobs/${digest}`)).code, "BLOB_UNKNOWN");
    assert.equal((await call(registry, "GET", `/v2/a/blobs/${digest}`)).status, 404);
    assert.deepEqual((await call(registry, "GET", `/v2/b/blobs/${digest}`)).body, hello);
  });

  it("may be empty", async (t) => {
    const registry = await testRegistry(t);
    const empty = await putBlob(registry, "a", "");
    const reply = await call(registry, "GET", `/v2/a/blobs/${empty.digest}`);
    assert.deepEqual([reply.status, reply.headers["content-length"]], [200, "0"]);
  });

  it("of many names and the words of the API in them is found again", async (t) => {
    const registry = await testRegistry(t);
    for (const name of [
      "a/b/c/d",
      "blobs",
      "manifests/tags",
      "x/blobs/uploads/y",
      "a__b/c--d",
      "v2",
      "tags/list",
    ]) {
      const { digest: pushed } = await putBlob(registry, name, name);
      assert.equal((await call(registry, "GET", `/v2/${name}/blobs/${pushed}`)).body.toString(), name);
    }
  });
});

describe("tags", () => {
  it("are listed in byte order, in pages that lead to one another", async (t) => {
    const registry = await testRegistry(t);
    const manifest = await imageManifest(registry, "a");
    for (const tag of ["v2", "V1", "v10", "latest", "_x", "1.0"])
      await putManifest(registry, "a", tag, manifest);
    const all = ["1.0", "V1", "_x", "latest", "v10", "v2"];
    const whole = await call(registry, "GET", "/v2/a/tags/list");
    assert.deepEqual(JSON.parse(whole.body.toString()), { name: "a", tags: all });

    const seen: string[] = [];
    let path: string | undefined = "/v2/a/tags/list?n=4";
    while (path !== undefined) {
      const page = await call(registry, "GET", path);
      seen.push(...(JSON.parse(page.body.toString()) as { tags: string[] }).tags);
      path = /^<(.*)>; rel="next"$/.exec(String(page.headers["link"]))?.[1];
    }
    assert.deepEqual(seen, all);
    const none = await call(registry, "GET", "/v2/a/tags/list?n=0");
    assert.deepEqual([none.body.toString(), none.headers["link"]], ['{"name":"a","tags":[]}', undefined]);
    const after = await call(registry, "GET", "/v2/a/tags/list?last=latest");
    assert.deepEqual(JSON.parse(after.body.toString()), { name: "a", tags: ["v10", "v2"] });
  });
});

describe("a chunked upload", () => {
  it("puts the chunks together in the order of their ranges", async (t) => {
    const registry = await testRegistry(t);
    const location = await openUpload(registry, "a");
    const first = await call(registry, "PATCH", location, {
      headers: { "content-range": "0-4" },
      body: "hello",
    });
    assert.deepEqual(
      [first.status, first.headers["range"], first.headers["location"]],
      [202, "0-4", location],
    );
    const status = await call(registry, "GET", location);
    assert.deepEqual([status.status, status.headers["range"]], [204, "0-4"]);
    const closing = { headers: { "content-range": "5-14" }, body: ", registry" };
    const done = await call(registry, "PUT", `${location}?digest=${encodeURIComponent(digest)}`, closing);
    assert.deepEqual([done.status, done.headers["location"]], [201, `/v2/a/blobs/${digest}`]);
    assert.deepEqual((await call(registry, "GET", `/v2/a/blobs/${digest}`)).body, hello);
    assert.equal((await call(registry, "GET", location)).code, "BLOB_UPLOAD_UNKNOWN");
  });

  it("also takes a stream without ranges", async (t) => {
    const registry = await testRegistry(t);
    const location = await openUpload(registry, "a");
    await call(registry, "PATCH", location, { body: "hello, " });
    await call(registry, "PATCH", location, {
      headers: { "transfer-encoding": "chunked" },
      body: "registry",
    });
    assert.equal((await call(registry, "PUT", `${location}?digest=${digest}`)).status, 201);
  });

  const disorder: readonly [string, string, number, string][] = [
    ["a gap", "6-9", 416, "BLOB_UPLOAD_INVALID"],
    ["a repetition", "0-3", 416, "BLOB_UPLOAD_INVALID"],
    ["a range that is none", "bytes 5-8/9", 416, "BLOB_UPLOAD_INVALID"],
    ["a range that is backwards", "5-4", 400, "SIZE_INVALID"],
    ["a range longer than the chunk", "5-999", 400, "SIZE_INVALID"],
    ["a range shorter than the chunk", "5-6", 400, "SIZE_INVALID"],
  ];
  for (const [title, range, status, code] of disorder) {
    it(`refuses ${title} and goes on where it was`, async (t) => {
      const registry = await testRegistry(t);
      const location = await openUpload(registry, "a");
      await call(registry, "PATCH", location, { headers: { "content-range": "0-4" }, body: "hello" });
      for (const [method, path] of [
        ["PATCH", location],
        ["PUT", `${location}?digest=${digest}`],
      ] as const) {
        const reply = await call(registry, method, path, {
          headers: { "content-range": range },
          body: "oops",
        });
        assert.deepEqual([reply.status, reply.code], [status, code]);
        if (status === 416) assert.equal(reply.headers["range"], "0-4");
      }
      assert.equal((await call(registry, "GET", location)).headers["range"], "0-4");
      await call(registry, "PATCH", location, { headers: { "content-range": "5-14" }, body: ", registry" });
      assert.equal((await call(registry, "PUT", `${location}?digest=${digest}`)).status, 201);
    });
  }

  it("is refused and dropped if its digest is not that of the bytes", async (t) => {
    const registry = await testRegistry(t);
    const location = await openUpload(registry, "a");
    await call(registry, "PATCH", location, { body: "hello, registrY" });
    assert.equal((await call(registry, "PUT", `${location}?digest=${digest}`)).code, "DIGEST_INVALID");
    assert.equal((await call(registry, "GET", location)).code, "BLOB_UPLOAD_UNKNOWN");
    assert.equal((await call(registry, "GET", `/v2/a/blobs/${digest}`)).code, "BLOB_UNKNOWN");
  });

  it("needs a digest to be closed", async (t) => {
    const registry = await testRegistry(t);
    const location = await openUpload(registry, "a");
    assert.equal((await call(registry, "PUT", location, { body: hello })).code, "DIGEST_INVALID");
  });

  it("can be cancelled", async (t) => {
    const registry = await testRegistry(t);
    const location = await openUpload(registry, "a");
    assert.equal((await call(registry, "DELETE", location)).status, 204);
    assert.equal((await call(registry, "DELETE", location)).code, "BLOB_UPLOAD_UNKNOWN");
  });

  it("belongs to the repository that it was opened in", async (t) => {
    const registry = await testRegistry(t);
    const location = (await openUpload(registry, "a")).replace("/v2/a/", "/v2/b/");
    assert.equal((await call(registry, "PATCH", location, { body: "x" })).code, "BLOB_UPLOAD_UNKNOWN");
  });
});
