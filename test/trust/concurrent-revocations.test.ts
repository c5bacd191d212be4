import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { fileURLToPath } from "node:url";
import { digestOf } from "../../runtime/digest.js";
import { WrunError } from "../../runtime/errors/index.js";
import { FileLock } from "../../runtime/files/index.js";
import {
  addRevocation,
  createTrustWord,
  loadRevocations,
  notRevoked,
  openTrustSource,
  watchTrust,
} from "../../runtime/trust/index.js";
import { rememberRevocations } from "../../runtime/trust/revocation-store.js";
import { temporaryFolder } from "../authority/temporary-home.js";
import { componentDigest, trustStage } from "./fixtures.js";

const child = fileURLToPath(new URL("./revoking-process.js", import.meta.url));

const revoked = ({ reason }: { readonly reason: string }): WrunError => new WrunError("INTERNAL", { reason });

test("processes that revoke at the same time make all of their revocations, and no other run is stopped", async (t) => {
  const { home, keys, node } = trustStage(t);
  const [processes, times] = [4, 40];
  const source = await openTrustSource({ home, keys, pollMs: 5 });
  const signals: string[] = [];
  const failures: string[] = [];
  const monitor = watchTrust({
    source,
    word: createTrustWord(),
    facts: [
      notRevoked("node-key", node.keyId, { of: "node", signal: "node-key-revoked" }, revoked),
      notRevoked("component", componentDigest, { of: "component", signal: "component-revoked" }, revoked),
    ],
    epoch: 1,
    maxStalenessMs: 60_000,
    onSignal: ({ kind, detail }) => void signals.push(`${kind}: ${detail}`),
  });
  const children = Array.from({ length: processes }, (_, index) =>
    spawn(process.execPath, [child, home.folder, "default", `process ${index}`, String(times)], {
      stdio: ["ignore", "inherit", "inherit"],
    }),
  );
  const ended = Promise.all(children.map((each) => once(each, "close")));
  const race = { isOver: false };
  void ended.then(() => (race.isOver = true));
  while (!race.isOver) {
    loadRevocations(home, keys);
    await source.refresh();
    const { failure } = source.view();
    if (failure !== undefined) failures.push(failure.message);
  }
  for (const end of await ended) assert.deepEqual(end, [0, null]);
  await source.refresh();
  monitor.stop();
  source.close();
  assert.deepEqual([signals, failures], [[], []]);
  const list = loadRevocations(home, keys);
  assert.equal(list.epoch, 1 + processes * times);
  assert.equal(list.entries.length, processes * times);
  assert.deepEqual(
    readdirSync(home.folder).filter((name) => name.includes("lock")),
    [],
  );
});

test("two that remember at once leave the newer list remembered", async (t) => {
  const { home, authority, keys } = trustStage(t);
  const older = loadRevocations(home, keys);
  const old = readFileSync(home.revocations);
  await addRevocation(home, { kind: "policy", id: digestOf("p"), reason: "x" }, { signer: authority.signer });
  rememberRevocations(home, older);
  writeFileSync(home.revocations, old);
  assert.throws(() => loadRevocations(home, keys), { code: "REVOCATIONS_ROLLED_BACK" });
});

test("a list that is set back before it was read is noticed by whoever has read the older one already", async (t) => {
  const { home, authority, keys } = trustStage(t);
  const source = await openTrustSource({ home, keys, pollMs: 60_000, watchFiles: false });
  t.onTestFinished(() => source.close());
  const old = join(temporaryFolder(t), "old");
  copyFileSync(home.revocations, old);
  await addRevocation(home, { kind: "policy", id: digestOf("p"), reason: "x" }, { signer: authority.signer });
  copyFileSync(old, home.revocations);
  await source.refresh();
  assert.equal(source.view().failure?.code, "REVOCATIONS_ROLLED_BACK");
});

test("a newer list is acted on while another process holds the lock, and remembered afterwards", async (t) => {
  const { home, authority, keys } = trustStage(t);
  const source = await openTrustSource({ home, keys, pollMs: 60_000, watchFiles: false });
  t.onTestFinished(() => source.close());
  const memory = join(home.memory, "revocations.json");
  const before = readFileSync(memory);
  await addRevocation(home, { kind: "policy", id: digestOf("p"), reason: "x" }, { signer: authority.signer });
  writeFileSync(memory, before);
  const lock = FileLock.tryAcquire({ folder: home.folder, name: "revocations.lock" });
  assert.ok(lock instanceof FileLock);
  await source.refresh();
  assert.equal(source.view().failure, undefined);
  assert.ok(source.view().list.isRevoked("policy", digestOf("p")));
  assert.deepEqual(readFileSync(memory), before);
  lock.release();
  await source.refresh();
  assert.equal(JSON.parse(readFileSync(memory, "utf8")).epoch, 2);
});
