import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "vitest";
import { digestOf } from "../../../runtime/digest.js";
import { parseTarget } from "../../../registry/server/route.js";
import { call, openUpload, putBlob, testRegistry } from "../fixture.js";

/** Sends bytes and gives what comes back until the registry hangs up. */
async function raw(registry: { url: string }, bytes: string, end = false): Promise<string> {
  const { hostname, port } = new URL(registry.url);
  return await new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
    socket.write(bytes);
    if (end) socket.end();
  });
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe("a path that tries to get out", () => {
  const digest = digestOf("x");
  const attacks = [
    "/v2/../../etc/passwd",
    "/v2/../wrun-registry/tags/list",
    `/v2/a/../../b/blobs/${digest}`,
    `/v2/./a/blobs/${digest}`,
    `/v2/a/blobs/../../../../etc/passwd`,
    `/v2/a/blobs/sha256:../../../../etc/passwd`,
    `/v2/a/blobs/sha256:${"../".repeat(21)}a`,
    "/v2/a/manifests/../../../../etc/passwd",
    "/v2/a/manifests/..",
    "/v2/a/blobs/uploads/../../../../etc/passwd",
    "/v2/a/blobs/uploads/..",
    `/v2/%2e%2e/blobs/${digest}`,
    `/v2/a%2fb/blobs/${digest}`,
    `/v2/a%00/blobs/${digest}`,
    "/v2/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/v2/a/manifests/%2e%2e",
    "/v2/%zz/tags/list",
    "/v2/a/tags/list%3f",
    "/v2/a\\..\\b/tags/list",
    "/v2/a;b/tags/list",
    "/v2/a/tags/list#x",
    "//v2/a/tags/list",
    "/v2/a/tags/list/",
    "http://elsewhere/v2/a/tags/list",
    "*",
    "/v2/a/referrers/../../x",
    "/v2/ä/tags/list",
  ];
  for (const path of attacks) {
    it(`${path} is refused and creates nothing`, async (t) => {
      const registry = await testRegistry(t);
      const before = await filesBelow(registry.folder);
      for (const method of ["GET", "PUT", "POST", "PATCH", "DELETE"]) {
        const head = `${method} ${path} HTTP/1.1\r\nhost: ${registry.address}\r\nconnection: close\r\n`;
        const answer = await raw(
          registry,
          `${head}content-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
        );
        assert.match(answer, /^HTTP\/1\.1 4\d\d /);
        assert.doesNotMatch(answer, /root:/);
      }
      assert.deepEqual(await filesBelow(registry.folder), before);
      assert.deepEqual(registry.faults, []);
    });
  }

  it("never becomes a route, whatever else stands around it", () => {
    for (const piece of [
      "..",
      ".",
      "%2e%2e",
      "\\",
      "\0",
      "~",
      " ",
      "a b",
      "..a",
      "a..b",
      "a/",
      "/a",
      "-a",
      "a-",
    ]) {
      for (const path of [
        `/v2/${piece}/tags/list`,
        `/v2/x/${piece}/tags/list`,
        `/v2/${piece}/x/blobs/uploads/`,
        `/v2/x/blobs/uploads/${piece}`,
      ]) {
        assert.throws(() => parseTarget(path, 2048), /ProtocolError/, path);
      }
    }
    assert.deepEqual(parseTarget("/v2/x/a-b/tags/list", 2048).route, { kind: "tags", name: "x/a-b" });
  });

  it("leaves no trace of a name or tag in file names", async (t) => {
    const registry = await testRegistry(t);
    await putBlob(registry, "visible/name", "content");
    const files = await filesBelow(registry.folder);
    assert.ok(files.length > 3);
    assert.ok(files.every((file) => !file.includes("visible")));
  });
});

describe("a client that is no OCI client", () => {
  const cases: readonly [string, Record<string, string>, number][] = [
    ["a web page", { origin: "https://example.com" }, 403],
    ["a sandboxed web page", { origin: "null" }, 403],
    ["a name that somebody gave our address", { host: "rebound.example.com" }, 403],
    ["that name with our port", { host: "rebound.example.com:5000" }, 403],
    ["a name that begins like an address", { host: "127.0.0.1.example.com" }, 403],
    ["localhost", { host: "localhost:5000" }, 200],
    ["IPv6 loopback", { host: "[::1]:5000" }, 200],
  ];
  for (const [title, headers, status] of cases) {
    it(`that comes as ${title} gets ${status}`, async (t) => {
      const registry = await testRegistry(t);
      const reply = await call(registry, "GET", "/v2/", { headers });
      assert.equal(reply.status, status);
      const write = await call(registry, "POST", "/v2/a/blobs/uploads/", { headers, body: "" });
      assert.equal(write.status, status === 200 ? 202 : 403);
    });
  }
});

describe("a client that wants too much", () => {
  it("is told that its headers are too large", async (t) => {
    const registry = await testRegistry(t);
    const answer = await raw(registry, `GET /v2/ HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(32 * 1024)}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 431 .*"errors"/s);
  });

  it("is told that its URL is too long", async (t) => {
    const registry = await testRegistry(t);
    const reply = await call(registry, "GET", `/v2/a/tags/list?last=${"a".repeat(4096)}`);
    assert.equal(reply.status, 414);
  });

  it("is told that its blob is too large, however it says so, and leaves nothing behind", async (t) => {
    const registry = await testRegistry(t, { maxBlobBytes: 1000 });
    const big = "x".repeat(2000);
    const chunked = { "transfer-encoding": "chunked" };
    const whole = `/v2/a/blobs/uploads/?digest=${digestOf(big)}`;
    assert.equal((await call(registry, "POST", whole, { body: big })).status, 413);
    assert.equal((await call(registry, "POST", whole, { body: big, headers: chunked })).status, 413);
    const location = await openUpload(registry, "a");
    assert.equal((await call(registry, "PATCH", location, { body: "y".repeat(600) })).status, 202);
    assert.equal(
      (await call(registry, "PATCH", location, { body: "y".repeat(600), headers: chunked })).status,
      413,
    );
    assert.equal((await call(registry, "GET", location)).code, "BLOB_UPLOAD_UNKNOWN");
    assert.deepEqual(await readdir(join(registry.folder, "temporary")), []);
    assert.equal(
      (await call(registry, "POST", `/v2/a/blobs/uploads/?digest=${digestOf("ok")}`, { body: "ok" })).status,
      201,
    );
  });

  it("does not keep others from publishing with uploads that it leaves open", async (t) => {
    const registry = await testRegistry(t, { maxUploads: 3 });
    const left = await openUpload(registry, "a");
    for (let count = 0; count < 20; count += 1) await openUpload(registry, "a");
    assert.equal((await call(registry, "GET", left)).code, "BLOB_UPLOAD_UNKNOWN");
    await putBlob(registry, "b", "published all the same");
    const own = await openUpload(registry, "b");
    await openUpload(registry, "a");
    assert.equal((await call(registry, "PUT", `${own}?digest=${digestOf("x")}`, { body: "x" })).status, 201);
  });

  it("does not keep others from publishing with bytes that it leaves unfinished", async (t) => {
    const registry = await testRegistry(t, { maxUploadBytes: 1000 });
    const left: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const location = await openUpload(registry, "a");
      assert.equal((await call(registry, "PATCH", location, { body: "x".repeat(400) })).status, 202);
      left.push(location);
    }
    await putBlob(registry, "b", "y".repeat(900));
    for (const location of left)
      assert.equal((await call(registry, "GET", location)).code, "BLOB_UPLOAD_UNKNOWN");
    assert.deepEqual(await readdir(join(registry.folder, "temporary")), []);
  });

  it("holds no file with an upload that it only opened", async (t) => {
    const registry = await testRegistry(t);
    await openUpload(registry, "a");
    assert.deepEqual(await readdir(join(registry.folder, "temporary")), []);
  });

  it("takes no place from an upload that is being written to, and then learns so", async (t) => {
    const registry = await testRegistry(t, { maxUploads: 1 });
    const location = await openUpload(registry, "a");
    const { hostname, port } = new URL(registry.url);
    const slow = connect(Number(port), hostname);
    t.onTestFinished(() => void slow.destroy());
    slow.write(`PATCH ${location} HTTP/1.1\r\nhost: ${registry.address}\r\ncontent-length: 10\r\n\r\nhello`);
    await settledRange(registry, location, "0-4");
    const reply = await call(registry, "POST", "/v2/a/blobs/uploads/", { body: "" });
    assert.deepEqual([reply.status, reply.code], [429, "TOOMANYREQUESTS"]);
    assert.ok(Number(reply.headers["retry-after"]) > 0);
  });

  it("loses an upload that it left idle", async (t) => {
    const registry = await testRegistry(t, { maxUploads: 1, uploadIdleMs: 50 });
    const first = await openUpload(registry, "a");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await openUpload(registry, "a");
    assert.equal((await call(registry, "GET", first)).code, "BLOB_UPLOAD_UNKNOWN");
  });
});

describe("a client that takes its time", () => {
  it("is hung up on when its headers do not come", async (t) => {
    const registry = await testRegistry(t, { headersTimeoutMs: 200 });
    const answer = await raw(registry, "GET /v2/ HTTP/1.1\r\nhost: x\r\nx-slow");
    assert.match(answer, /^(?:HTTP\/1\.1 408 .*)?$/s);
  });

  it("is hung up on when its headers drip", async (t) => {
    const registry = await testRegistry(t, { headersTimeoutMs: 200 });
    const { hostname, port } = new URL(registry.url);
    const socket = connect(Number(port), hostname).on("error", () => {});
    const drip = setInterval(() => socket.write("x"), 20);
    t.onTestFinished(() => clearInterval(drip));
    socket.write("GET /v2/ HTTP/1.1\r\nx-slow: ");
    await new Promise((resolve) => socket.resume().once("close", resolve));
  });

  it("does not keep others out, whether its connections are silent or their requests stop half-way", async (t) => {
    const registry = await testRegistry(t, { maxConnections: 8 });
    const { hostname, port } = new URL(registry.url);
    const stopped = `PUT /v2/a/manifests/x HTTP/1.1\r\nhost: ${registry.address}\r\ncontent-length: 9\r\n\r\nh`;
    for (const text of ["", stopped]) {
      const crowd = Array.from({ length: 20 }, () => connect(Number(port), hostname).on("error", () => {}));
      t.onTestFinished(() => crowd.forEach((socket) => socket.destroy()));
      await Promise.all(
        crowd.map((socket) => new Promise<void>((resolve) => socket.write(text || "\r\n", () => resolve()))),
      );
      assert.equal((await call(registry, "GET", "/v2/")).status, 200);
    }
  });

  it("is hung up on when its body stops, and may go on in another request", async (t) => {
    const registry = await testRegistry(t, { idleTimeoutMs: 200 });
    const location = await openUpload(registry, "a");
    const head = `PATCH ${location} HTTP/1.1\r\nhost: ${registry.address}\r\ncontent-length: 10\r\n\r\n`;
    await raw(registry, `${head}hello`);
    const status = await settledRange(registry, location, "0-4");
    assert.equal(status, "0-4");
    await call(registry, "PATCH", location, { headers: { "content-range": "5-9" }, body: "world" });
    const done = await call(registry, "PUT", `${location}?digest=${digestOf("helloworld")}`);
    assert.equal(done.status, 201);
  });

  it("is hung up on when its body drips for longer than a request may last", async (t) => {
    const registry = await testRegistry(t, { requestTimeoutMs: 300, headersTimeoutMs: 200 });
    const location = await openUpload(registry, "a");
    const { hostname, port } = new URL(registry.url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    socket.write(`PATCH ${location} HTTP/1.1\r\nhost: ${registry.address}\r\ncontent-length: 100000\r\n\r\n`);
    const drip = setInterval(() => socket.write("x"), 20);
    t.onTestFinished(() => clearInterval(drip));
    await new Promise((resolve) => socket.resume().once("close", resolve));
  });
});

/** The registry notices a broken connection a moment after the client does. */
async function settledRange(registry: { url: string }, location: string, wanted: string): Promise<unknown> {
  let range: unknown;
  for (let attempt = 0; attempt < 50 && range !== wanted; attempt += 1) {
    range = (await call(registry, "GET", location)).headers["range"];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return range;
}

describe("a client that other servers would understand in another way", () => {
  it("is refused before anything of its request is looked at, and nothing behind it is read", async (t) => {
    const registry = await testRegistry(t);
    const host = `host: ${registry.address}\r\n`;
    const behind = `GET /v2/ HTTP/1.1\r\n${host}\r\n`;
    for (const [status, text] of [
      [505, `GET /v2/ HTTP/2.0\r\n${host}\r\n`],
      [505, `GET /v2/ HTTP/0.9\r\n${host}\r\n`],
      [501, `POST /v2/a/blobs/uploads/ HTTP/1.1\r\n${host}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
      [417, `POST /v2/a/blobs/uploads/ HTTP/1.1\r\n${host}expect: tea\r\ncontent-length: 0\r\n\r\n`],
      [
        413,
        `PUT /v2/a/manifests/x HTTP/1.1\r\n${host}expect: 100-continue\r\ncontent-length: 99999999\r\n\r\n`,
      ],
    ] as const) {
      const answer = await raw(registry, text + behind);
      assert.deepEqual(
        [...answer.matchAll(/HTTP\/1\.1 ([0-9]{3})/g)].map(([, found]) => Number(found)),
        [status],
        answer,
      );
    }
    const last = await raw(registry, `GET /v2/ HTTP/1.1\r\n${host}connection: close\r\n\r\n${behind}`);
    assert.equal(last.match(/HTTP\/1\.1 200/g)?.length, 1, last);
  });
});

describe("clients at the same time", () => {
  it("can upload the same blob", async (t) => {
    const registry = await testRegistry(t);
    const bytes = Buffer.alloc(300_000, "same");
    const uploads = Array.from({ length: 8 }, (_, index) => putBlob(registry, `repo${index % 2}`, bytes));
    const [first, ...others] = await Promise.all(uploads);
    for (const other of others) assert.deepEqual(other, first);
    const got = await call(registry, "GET", `/v2/repo1/blobs/${digestOf(bytes)}`);
    assert.ok(got.body.equals(bytes));
    assert.deepEqual(await readdir(join(registry.folder, "temporary")), []);
  });

  it("cannot write to one upload together", async (t) => {
    const registry = await testRegistry(t);
    const location = await openUpload(registry, "a");
    const { hostname, port } = new URL(registry.url);
    const slow = connect(Number(port), hostname);
    t.onTestFinished(() => void slow.destroy());
    const head = `PATCH ${location} HTTP/1.1\r\nhost: ${registry.address}\r\ncontent-length: 10\r\n\r\n`;
    await new Promise<void>((resolve) => slow.write(`${head}hello`, () => resolve()));
    await settledRange(registry, location, "0-4");
    for (const method of ["PATCH", "PUT"]) {
      const reply = await call(registry, method, `${location}?digest=${digestOf("x")}`, { body: "x" });
      assert.deepEqual([reply.status, reply.code], [409, "BLOB_UPLOAD_INVALID"]);
    }
    assert.equal((await call(registry, "DELETE", location)).status, 409);
  });
});

it("a fault of the registry's own tells the client nothing, and its operator all", async (t: TestContext) => {
  const registry = await testRegistry(t);
  const { digest } = await putBlob(registry, "a", "content");
  const { writeFile, rm, mkdir } = await import("node:fs/promises");
  const blobs = join(registry.folder, "blobs", "sha256");
  const file = join(blobs, digest.slice(7, 9), digest.slice(7));
  assert.equal(await readFile(file, "utf8"), "content");
  await rm(join(blobs, digest.slice(7, 9)), { recursive: true });
  await writeFile(join(blobs, digest.slice(7, 9)), "in the way");
  const reply = await call(registry, "GET", `/v2/a/blobs/${digest}`);
  assert.equal(reply.status, 500);
  assert.doesNotMatch(reply.body.toString(), /ENOTDIR|sha256|tmp/);
  assert.match(String(registry.faults[0]), /ENOTDIR/);
  await rm(join(blobs, digest.slice(7, 9)));
  await mkdir(blobs, { recursive: true });
});
