import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "vitest";
import { startRegistry } from "../../../registry/index.js";
import { digestOf } from "../../../runtime/digest.js";
import { thisProcess } from "../../../runtime/files/index.js";
import {
  call,
  imageManifest,
  openUpload,
  putBlob,
  putManifest,
  temporaryFolder,
  testRegistry,
} from "../fixture.js";

describe("a registry's folder", () => {
  it("is made if it does not exist, and serves again what was pushed", async (t) => {
    const first = await testRegistry(t);
    const bytes = await imageManifest(first, "a/b");
    await putManifest(first, "a/b", "v1", bytes);
    await first.close();
    const second = await testRegistry(t, {}, first.folder);
    assert.deepEqual((await call(second, "GET", "/v2/a/b/manifests/v1")).body, bytes);
  });

  it("that holds somebody else's files is left alone", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "thesis.txt"), "years of work");
    await mkdir(join(folder, "temporary"));
    await writeFile(join(folder, "temporary", "draft.txt"), "more of it");
    await assert.rejects(startRegistry({ folder, host: "127.0.0.1", port: 0 }), {
      code: "REGISTRY_FOLDER_FOREIGN",
    });
    assert.deepEqual((await readdir(folder)).sort(), ["temporary", "thesis.txt"]);
    assert.deepEqual(await readdir(join(folder, "temporary")), ["draft.txt"]);
  });

  it("of another format is left alone", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, "wrun-registry"), "wrun-registry/v2\n");
    await assert.rejects(startRegistry({ folder, host: "127.0.0.1", port: 0 }), {
      code: "REGISTRY_FOLDER_FORMAT",
    });
    assert.deepEqual(await readdir(folder), ["wrun-registry"]);
  });

  it("is served by one process at a time, this one included", async (t) => {
    const first = await testRegistry(t);
    const again = startRegistry({ folder: first.folder, host: "127.0.0.1", port: 0 });
    await assert.rejects(again, { code: "REGISTRY_FOLDER_IN_USE" });
    assert.equal((await call(first, "GET", "/v2/")).status, 200);
  });

  it("is taken over from a process that is gone, though its number lives on", async (t) => {
    const first = await testRegistry(t);
    await first.close();
    const dead = { ...thisProcess(), pid: process.ppid, startTime: "1", token: "x" };
    await writeFile(join(first.folder, "lock-000001"), JSON.stringify(dead));
    t.skip(process.platform !== "linux", "only Linux says when a process started");
    await testRegistry(t, {}, first.folder);
  });

  it("is not made where the port is taken, and left as it was where it was there", async (t) => {
    const other = await testRegistry(t);
    const port = Number(new URL(other.url).port);
    const above = await temporaryFolder(t);
    const start = (folder: string) => startRegistry({ folder, host: "127.0.0.1", port });
    const unavailable = { code: "REGISTRY_PORT_UNAVAILABLE" };
    await assert.rejects(start(join(above, "a", "b", "")), unavailable);
    assert.deepEqual(await readdir(above), []);
    await mkdir(join(above, "empty"));
    await assert.rejects(start(join(above, "empty")), unavailable);
    assert.deepEqual(await readdir(above, { recursive: true }), ["empty"]);

    const used = await testRegistry(t);
    const { digest } = await putBlob(used, "a", "kept");
    await used.close();
    await assert.rejects(start(used.folder), unavailable);
    const again = await testRegistry(t, {}, used.folder);
    assert.equal((await call(again, "GET", `/v2/a/blobs/${digest}`)).status, 200);
  });

  it("that cannot be one is an error that says why", async (t) => {
    const file = join(await temporaryFolder(t), "file");
    await writeFile(file, "");
    for (const folder of [file, join(file, "below")]) {
      await assert.rejects(startRegistry({ folder, host: "127.0.0.1", port: 0 }), {
        code: "REGISTRY_FOLDER_UNUSABLE",
        message: /EEXIST|ENOTDIR/,
      });
    }
  });

  it.skipIf(process.platform !== "linux")("in which the system makes no folders is an error", async () => {
    for (const folder of ["/proc/wrun-none", "/proc/wrun-none/below", "/proc/self/wrun-none"])
      await assert.rejects(startRegistry({ folder, host: "127.0.0.1", port: 0 }), {
        code: "REGISTRY_FOLDER_UNUSABLE",
        message: /ENOENT/,
      });
  });

  it("that may only be read is an error that says why", async (t) => {
    const folder = await temporaryFolder(t);
    const { chmod } = await import("node:fs/promises");
    await chmod(folder, 0o555);
    // Root may write everywhere, so the test gives that up for a moment.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      await assert.rejects(startRegistry({ folder, host: "127.0.0.1", port: 0 }), {
        code: "REGISTRY_FOLDER_UNUSABLE",
        message: /EACCES/,
      });
    } finally {
      if (root) process.seteuid?.(0);
    }
    assert.deepEqual(await readdir(folder), []);
  });

  it("forgets what no repository holds any more when it is started again", async (t) => {
    const first = await testRegistry(t);
    const gone = await putBlob(first, "a", "gone");
    const kept = await putBlob(first, "a", "kept");
    await putBlob(first, "b", "kept");
    await call(first, "DELETE", `/v2/a/blobs/${gone.digest}`);
    await call(first, "DELETE", `/v2/a/blobs/${kept.digest}`);
    await openUpload(first, "a");
    await first.close();
    const second = await testRegistry(t, {}, first.folder);
    const files = await readdir(join(first.folder, "blobs", "sha256"), { recursive: true });
    assert.ok(!files.some((file) => file.endsWith(gone.digest.slice(7))));
    assert.equal((await call(second, "GET", `/v2/b/blobs/${digestOf("kept")}`)).body.toString(), "kept");
    assert.deepEqual(await readdir(join(first.folder, "temporary")), []);
  });

  it("drops tags and referrers whose manifest a crash took along", async (t) => {
    const first = await testRegistry(t);
    const subject = { mediaType: "application/x.y", digest: digestOf("subject"), size: 7 };
    const bytes = await imageManifest(first, "a", { subject });
    await putManifest(first, "a", "v1", bytes);
    await first.close();
    const [repository = ""] = await readdir(join(first.folder, "repositories"));
    const { rm } = await import("node:fs/promises");
    await rm(join(first.folder, "repositories", repository, "manifests", digestOf(bytes).slice(7)));
    const second = await testRegistry(t, {}, first.folder);
    const tags = await call(second, "GET", "/v2/a/tags/list");
    assert.deepEqual(JSON.parse(tags.body.toString()), { name: "a", tags: [] });
    const referrers = await readdir(
      join(first.folder, "repositories", repository, "referrers", digestOf("subject").slice(7)),
    );
    assert.deepEqual(referrers, []);
  });
});

describe("a registry's port", () => {
  it("that is in use is an error, and the folder is free again", async (t) => {
    const first = await testRegistry(t);
    const folder = join(await temporaryFolder(t), "other");
    const port = Number(new URL(first.url).port);
    await assert.rejects(startRegistry({ folder, host: "127.0.0.1", port }), {
      code: "REGISTRY_PORT_UNAVAILABLE",
      message: /EADDRINUSE/,
    });
    await testRegistry(t, {}, folder);
  });

  it("is never opened to other machines", async (t) => {
    const folder = join(await temporaryFolder(t), "registry");
    for (const host of ["0.0.0.0", "::", "192.168.1.1", "example.com", "127.0.0.1.example.com", ""]) {
      const started = startRegistry({ folder, host, port: 0 });
      await assert.rejects(started, { code: "REGISTRY_HOST_NOT_LOOPBACK" }, host);
    }
  });
});
