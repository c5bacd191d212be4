import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "vitest";
import { filesystemPackage } from "../../../host-interfaces/filesystem/index.js";
import { prepareGuest, type TestGuest } from "../io/call-host.js";
import { witErrorOf } from "../wit-error.js";

export interface Grant {
  readonly root?: string;
  readonly prefix?: string;
  readonly rights?: readonly string[];
}

/** A guest with one root, `data`, on a real folder. */
export interface FileGuest {
  readonly guest: TestGuest;
  /** The root on the host. */
  readonly host: string;
  /** A folder of the host beside the root, holding `secret.txt`. */
  readonly outside: string;
  readonly preopen: unknown;
  readonly types: (functionName: string, ...args: unknown[]) => unknown;
  readonly open: (path: string, open?: object, flags?: object, follow?: boolean) => unknown;
  readonly readAll: (path: string) => string;
}

export const all = ["stat", "read", "list", "write", "create", "delete"];

export async function fileGuest(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  allow: readonly Grant[],
  deny: readonly Grant[] = [],
): Promise<FileGuest> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wrun-files-")));
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const host = join(folder, "root");
  const outside = join(folder, "outside");
  mkdirSync(host);
  mkdirSync(outside);
  writeFileSync(join(outside, "secret.txt"), "secret");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(host, name)), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(join(host, name), text);
    else mkdirSync(join(host, name), { recursive: true });
  }
  const complete = (grant: Grant) => ({ root: "data", prefix: "/", rights: all, ...grant });
  const guest = await prepareGuest(
    filesystemPackage,
    { roots: [{ name: "data", host, guest: "/data" }] },
    {
      allow: { "wasi:filesystem/types": allow.map(complete) },
      deny: { "wasi:filesystem/types": deny },
    },
  );
  const preopens = guest.call("preopens", "get-directories") as [unknown, string][];
  const preopen = preopens[0]?.[0];
  const types = (name: string, ...args: unknown[]): unknown => guest.call("types", name, ...args);
  const open = (
    path: string,
    openFlags: object = {},
    flags: object = { read: true },
    follow = true,
  ): unknown =>
    types("[method]descriptor.open-at", preopen, { symlinkFollow: follow }, path, openFlags, flags);
  return {
    guest,
    host,
    outside,
    preopen,
    types,
    open,
    readAll(path) {
      const file = open(path) as Disposable;
      const [bytes] = types("[method]descriptor.read", file, 1000n, 0n) as [Uint8Array, boolean];
      file[Symbol.dispose]();
      return Buffer.from(bytes).toString();
    },
  };
}

/** Neither opened nor looked at, whether it is there or not. */
export function assertNotPermitted({ open, types, preopen }: FileGuest, paths: readonly string[]): void {
  for (const path of paths) {
    assert.equal(
      witErrorOf(() => open(path)),
      "not-permitted",
      path,
    );
    const stat = () => types("[method]descriptor.stat-at", preopen, { symlinkFollow: true }, path);
    assert.equal(witErrorOf(stat), "not-permitted", path);
  }
}
