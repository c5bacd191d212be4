import assert from "node:assert/strict";
import {
  chmod,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "vitest";
import { type LinkedComponent, linkComponent } from "../../runtime/component/transpile.js";
import { acceptUnsigned, type VerifiedComponent } from "../../runtime/component/verified-component.js";
import { isWrunError } from "../../runtime/errors/index.js";
import { assemble, composedWat, counterWat, ledgerWat } from "./sample-components.js";

type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wrun-link-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function verified(wat: string): Promise<VerifiedComponent> {
  return acceptUnsigned(await assemble(wat), { allowUnsigned: true });
}

async function run(linked: LinkedComponent, imports: Readonly<Record<string, unknown>>) {
  const path = join(folder, "glue.mjs");
  await writeFile(path, linked.glue);
  const { instantiate } = (await import(pathToFileURL(path).href)) as { instantiate: Instantiate };
  return instantiate((name) => {
    const bytes = linked.coreModules.get(name);
    assert.ok(bytes, `the core module ${name}`);
    return new WebAssembly.Module(bytes.slice());
  }, imports);
}

describe("linking", () => {
  it("makes a composed component that runs", async () => {
    const linked = await linkComponent(await verified(composedWat));
    const exported = await run(linked, { "demo:app/clock@1.0.0": { now: () => 1n } });
    const quadruple = exported["quadruple"] as (n: number) => number;
    assert.equal(quadruple(5), 20);
  });

  it("keeps two versions of one interface apart, under the names in the binary", async () => {
    const linked = await linkComponent(
      await verified(`(component
        (import "demo:a/x@0.2.0" (instance $x (export "f" (func (result u32)))))
        (import "demo:a/x@0.2.1" (instance $y (export "f" (func (result u32)))))
        (import "demo:a/x@1.0.0-rc.1" (instance $z (export "f" (func (result u32)))))
        (core func $x (canon lower (func $x "f")))
        (core func $y (canon lower (func $y "f")))
        (core func $z (canon lower (func $z "f")))
        (core module $m (import "h" "x" (func (result i32))) (import "h" "y" (func (result i32)))
          (import "h" "z" (func (result i32)))
          (func (export "run") (result i32) call 0 call 1 i32.add call 2 i32.add))
        (core instance $i (instantiate $m (with "h" (instance
          (export "x" (func $x)) (export "y" (func $y)) (export "z" (func $z))))))
        (func (export "run") (result u32) (canon lift (core func $i "run"))))`),
    );
    const exported = await run(linked, {
      "demo:a/x@0.2.0": { f: () => 1 },
      "demo:a/x@0.2.1": { f: () => 10 },
      "demo:a/x@1.0.0-rc.1": { f: () => 100 },
    });
    const call = exported["run"] as () => number;
    assert.equal(call(), 111);
  });

  it("imports nothing into the generated code but what it is given", async () => {
    const linked = await linkComponent(await verified(counterWat));
    assert.doesNotMatch(linked.glue, /^\s*import\b/m);
    assert.doesNotMatch(linked.glue, /\bimport\s*\(/);
    assert.doesNotMatch(linked.glue, /preview2-shim/);
  });

  it("leaves nothing in the code that tries to suspend, or remembers handles that were dropped", async () => {
    const { glue } = await linkComponent(await verified(ledgerWat));
    assert.match(glue, /realloc0Async = exports\d+\.realloc;/);
    assert.doesNotMatch(glue, /= WebAssembly\.promising\(exports/);
    assert.match(glue, /captureTable\d+\.delete\(handleEntry\.rep\); handleTable\d+\._createdReps\.delete\(/);
  });

  it("says what the toolchain finds wrong with a component whose types do not match", async () => {
    // The decoder reads it; that the core function has another type only a validator sees.
    const component = await verified(`(component
      (core module $m (func (export "f") (result i64) i64.const 1))
      (core instance $i (instantiate $m))
      (func (export "f") (result u32) (canon lift (core func $i "f"))))`).catch((error: unknown) => error);
    assert.ok(!(component instanceof Error), String(component));
    await assert.rejects(linkComponent(component as VerifiedComponent), (error: unknown) => {
      assert.ok(isWrunError(error), String(error));
      assert.equal(error.code, "COMPONENT_LINK_FAILED");
      assert.match(error.message, /sha256:[0-9a-f]{64} could not be prepared.*type/);
      return true;
    });
  });

  it("stops a toolchain that takes too long", async () => {
    await assert.rejects(linkComponent(await verified(counterWat), { timeout: 1 }), (error: unknown) => {
      assert.ok(isWrunError(error) && error.code === "COMPONENT_TOOLCHAIN_TIMEOUT", String(error));
      return true;
    });
  });
});

describe("the cache", () => {
  let component: VerifiedComponent;
  let cache: { readonly folder: string; readonly key: Uint8Array };
  let original: LinkedComponent;
  let prepared: string;
  const key = new Uint8Array(32).fill(7);
  beforeAll(async () => {
    component = await verified(counterWat);
    prepared = await mkdtemp(join(tmpdir(), "wrun-cache-"));
    original = await linkComponent(component, { cache: { folder: prepared, key } });
  });
  afterAll(async () => {
    await rm(prepared, { recursive: true, force: true });
  });
  beforeEach(() => {
    cache = { folder: join(folder, "cache"), key };
  });

  /** The cache as it is after the component was linked once. */
  async function fill(): Promise<LinkedComponent> {
    await cp(prepared, cache.folder, { recursive: true });
    return original;
  }

  async function entry(): Promise<string> {
    const names = await readdir(cache.folder);
    assert.equal(names.length, 1, names.join());
    return join(cache.folder, names[0] ?? "");
  }

  it("gives the second time what was made the first time", async () => {
    const made = await linkComponent(component, { cache });
    const found = await linkComponent(component, { cache });
    assert.equal(made.fromCache, false);
    assert.equal(found.fromCache, true);
    assert.equal(found.glue, made.glue);
    assert.deepEqual(
      [...found.coreModules].map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]),
      [...made.coreModules].map(([name, bytes]) => [name, Buffer.from(bytes).toString("hex")]),
    );
  });

  it("can be read by its owner only", async () => {
    await linkComponent(component, { cache });
    const path = await entry();
    assert.equal((await stat(cache.folder)).mode & 0o777, 0o700);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    for (const name of await readdir(path))
      assert.equal((await stat(join(path, name))).mode & 0o777, 0o600, name);
  });

  const attacks: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
    ["the code is changed", (path) => rewrite(path, (text) => text.replace("emptyFunc", "otherFunc"))],
    ["the code is made longer", (path) => rewrite(path, (text) => `${text}\n;globalThis.escaped = true;`)],
    ["the code is changed and its hash in the index too", forgeIndex],
    ["a file is cut", (path) => truncate(join(path, "0"), 3)],
    ["a file is missing", (path) => rm(join(path, "0"))],
    ["the index is missing", (path) => rm(join(path, "index.json"))],
    ["the MAC is missing", (path) => rm(join(path, "index.mac"))],
    ["the MAC is another", (path) => writeFile(join(path, "index.mac"), new Uint8Array(32))],
    ["the index is no JSON", (path) => writeFile(join(path, "index.json"), "{")],
    ["a file is a link to a device", (path) => relink(path, "/dev/zero")],
    ["a file is a link to a copy of it", relinkToCopy],
    ["the entry is a file", (path) => rm(path, { recursive: true }).then(() => writeFile(path, "x"))],
  ];
  for (const [what, attack] of attacks) {
    it(`makes the code anew when ${what}, and repairs the entry`, async () => {
      const made = await fill();
      await attack(await entry());
      const again = await linkComponent(component, { cache });
      assert.equal(again.fromCache, false);
      assert.equal(again.glue, made.glue);
      const third = await linkComponent(component, { cache });
      assert.equal(third.fromCache, true);
      assert.equal(third.glue, made.glue);
    });
  }

  it("does not take the entry of another component that was renamed", async () => {
    const other = await verified(composedWat);
    const otherCache = { ...cache, folder: join(folder, "other") };
    await fill();
    await linkComponent(other, { cache: otherCache });
    const target = await entry();
    await rm(target, { recursive: true });
    const [name = ""] = await readdir(otherCache.folder);
    await rename(join(otherCache.folder, name), target);
    const again = await linkComponent(component, { cache });
    assert.equal(again.fromCache, false);
    assert.ok(again.glue.includes("Counter"));
  });

  it("does not take an entry that was written under another key", async () => {
    await fill();
    const again = await linkComponent(component, { cache: { ...cache, key: new Uint8Array(32).fill(8) } });
    assert.equal(again.fromCache, false);
  });

  it("stays unused with a key that is too short", async () => {
    const weak = { ...cache, key: new Uint8Array(8) };
    await linkComponent(component, { cache: weak });
    const again = await linkComponent(component, { cache: weak });
    assert.equal(again.fromCache, false);
    assert.deepEqual(await readdir(cache.folder), []);
  });

  it("is done without where it cannot be written", async () => {
    const blocked = join(folder, "file");
    await writeFile(blocked, "");
    const linked = await linkComponent(component, { cache: { ...cache, folder: join(blocked, "cache") } });
    assert.equal(linked.fromCache, false);
    assert.ok(linked.glue.length > 0);
  });

  it("is left whole by several that write at once", async () => {
    const all = await Promise.all([1, 2, 3].map(() => linkComponent(component, { cache })));
    assert.equal(new Set(all.map((linked) => linked.glue)).size, 1);
    await entry();
    assert.equal((await linkComponent(component, { cache })).fromCache, true);
  });

  it("keeps nothing of a write that was cut off", async () => {
    await fill();
    const path = await entry();
    // What a process that is killed leaves behind: part of an entry, under a temporary name.
    await cp(path, join(cache.folder, "tmp-0123"), { recursive: true });
    await rm(join(cache.folder, "tmp-0123", "index.mac"));
    await rm(path, { recursive: true });
    assert.equal((await linkComponent(component, { cache })).fromCache, false);
  });
});

async function rewrite(path: string, change: (text: string) => string): Promise<string> {
  const index = JSON.parse(await readFile(join(path, "index.json"), "utf8")) as {
    files: { name: string }[];
  };
  const position = index.files.findIndex((file) => file.name.endsWith(".js"));
  const file = join(path, String(position));
  const text = await readFile(file, "utf8");
  assert.notEqual(change(text), text);
  await chmod(file, 0o600);
  await writeFile(file, change(text));
  return file;
}

async function relink(path: string, target: string): Promise<void> {
  await rm(join(path, "0"));
  await symlink(target, join(path, "0"));
}

async function forgeIndex(path: string): Promise<void> {
  const { createHash } = await import("node:crypto");
  const file = await rewrite(path, (text) => `${text}\n;globalThis.escaped = true;`);
  const bytes = await readFile(file);
  const index = JSON.parse(await readFile(join(path, "index.json"), "utf8")) as {
    files: { name: string; size: number; sha256: string }[];
  };
  const forged = index.files.map((item) =>
    item.name.endsWith(".js")
      ? { ...item, size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") }
      : item,
  );
  await writeFile(join(path, "index.json"), JSON.stringify({ ...index, files: forged }));
}

async function relinkToCopy(path: string): Promise<void> {
  await rename(join(path, "0"), `${path}-copy`);
  await symlink(`${path}-copy`, join(path, "0"));
}
