import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { thisProcess } from "../../runtime/files/index.js";
import { createAuthorityIdentity, createHome } from "../../runtime/authority/index.js";
import {
  addRevocation,
  initRevocations,
  loadRevocations,
  releaseWorkload,
} from "../../runtime/trust/index.js";
import { signRevocationList } from "../../runtime/trust/revocation-list.js";
import { temporaryFolder } from "../authority/temporary-home.js";
import { at, componentDigest, publisherKeyId, trustStage, workload } from "./fixtures.js";

const revocation = { kind: "publisher-key", id: publisherKeyId, reason: "leaked" } as const;

test("a fresh home has an empty list of epoch 1, and a revocation is read back with the next epoch", async (t) => {
  const { home, keys, authority } = trustStage(t);
  assert.deepEqual([...loadRevocations(home, keys).entries], []);
  await addRevocation(home, revocation, { signer: authority.signer, now: at });
  const list = loadRevocations(home, keys);
  assert.equal(list.epoch, 2);
  assert.deepEqual(list.find("publisher-key", publisherKeyId), { ...revocation, at: "2026-01-01T00:00:00Z" });
});

test("revoking the same thing twice changes nothing", async (t) => {
  const { home, authority } = trustStage(t);
  await addRevocation(home, revocation, { signer: authority.signer });
  const again = await addRevocation(home, { ...revocation, reason: "other" }, { signer: authority.signer });
  assert.equal(again.epoch, 2);
  assert.equal(again.entries.length, 1);
});

test("a missing list is bad, and not an empty one", (t) => {
  const { home, keys, authority } = trustStage(t);
  rmSync(home.revocations);
  assert.throws(() => loadRevocations(home, keys), { code: "REVOCATIONS_MISSING" });
  // Starting anew would forget what was revoked.
  assert.throws(() => initRevocations(home, { signer: authority.signer }), { code: "REVOCATIONS_EXIST" });
});

test("a list is never replaced by an empty one", async (t) => {
  const { home, authority, keys } = trustStage(t);
  await addRevocation(home, revocation, { signer: authority.signer });
  assert.throws(() => initRevocations(home, { signer: authority.signer }), { code: "REVOCATIONS_EXIST" });
  assert.equal(loadRevocations(home, keys).epoch, 2);
});

test("an older list that was signed properly is refused once a newer one was seen", async (t) => {
  const { home, authority, keys } = trustStage(t);
  const old = readFileSync(home.revocations);
  await addRevocation(home, revocation, { signer: authority.signer });
  const newer = readFileSync(home.revocations);
  writeFileSync(home.revocations, old);
  assert.throws(() => loadRevocations(home, keys), { code: "REVOCATIONS_ROLLED_BACK" });
  await assert.rejects(
    addRevocation(home, { ...revocation, id: componentDigest }, { signer: authority.signer }),
    {
      code: "REVOCATIONS_ROLLED_BACK",
    },
  );
  writeFileSync(home.revocations, newer);
  assert.equal(loadRevocations(home, keys).epoch, 2);
});

test("a newer list that came from elsewhere is remembered when it is read", (t) => {
  const { home, authority, keys } = trustStage(t);
  const issued = "2026-01-01T00:00:00Z";
  const sign = (epoch: number) => signRevocationList({ epoch, issued, entries: [] }, authority.signer);
  writeFileSync(home.revocations, sign(9));
  assert.equal(loadRevocations(home, keys).epoch, 9);
  writeFileSync(home.revocations, sign(8));
  assert.throws(() => loadRevocations(home, keys), { code: "REVOCATIONS_ROLLED_BACK" });
});

test("another list of the same epoch is refused", (t) => {
  const { home, authority, keys } = trustStage(t);
  const twin = signRevocationList(
    { epoch: 1, issued: "2026-01-02T00:00:00Z", entries: [] },
    authority.signer,
  );
  writeFileSync(home.revocations, twin);
  assert.throws(() => loadRevocations(home, keys), { code: "REVOCATIONS_ROLLED_BACK" });
});

test("without the memory of the newest epoch, or with a broken one, no list is accepted", (t) => {
  const { home, keys } = trustStage(t);
  const path = join(home.memory, "revocations.json");
  const good = readFileSync(path, "utf8");
  for (const text of ["", "{", "{}", '{"epoch":0,"digest":""}', good.replace("}", ',"x":1}')]) {
    writeFileSync(path, text);
    assert.throws(() => loadRevocations(home, keys), { code: "REVOCATIONS_MEMORY_BROKEN" }, text);
  }
  rmSync(path);
  assert.throws(() => loadRevocations(home, keys), { code: "REVOCATIONS_MEMORY_BROKEN" });
});

test("a crash between the list and its memory leaves a list that opens", (t) => {
  const { home, authority, keys } = trustStage(t);
  const memory = readFileSync(join(home.memory, "revocations.json"));
  const next = signRevocationList(
    { epoch: 2, issued: "2026-01-01T00:00:00Z", entries: [] },
    authority.signer,
  );
  writeFileSync(home.revocations, next);
  writeFileSync(join(home.memory, "revocations.json"), memory);
  assert.equal(loadRevocations(home, keys).epoch, 2);
});

test("a quarantined workload can be released, under a higher epoch, and nothing else can", async (t) => {
  const { home, authority, keys } = trustStage(t);
  const change = { signer: authority.signer };
  await addRevocation(home, revocation, change);
  await addRevocation(home, { kind: "workload", id: workload, reason: "odd" }, change);
  const released = await releaseWorkload(home, workload, change);
  assert.equal(released.epoch, 4);
  assert.equal(loadRevocations(home, keys).isRevoked("workload", workload), false);
  assert.equal(released.isRevoked("publisher-key", publisherKeyId), true);
  await assert.rejects(releaseWorkload(home, workload, change), { code: "REVOCATION_NOT_RELEASABLE" });
  await assert.rejects(releaseWorkload(home, publisherKeyId, change), { code: "REVOCATION_NOT_RELEASABLE" });
});

test("a list that another authority signed cannot be changed by a signer who may not read it", async (t) => {
  const { home } = trustStage(t);
  const stranger = createAuthorityIdentity(createHome(join(temporaryFolder(t), "home")), {
    spiffeId: "spiffe://example.org/authority/stranger",
  });
  await assert.rejects(addRevocation(home, revocation, { signer: stranger.signer }), {
    code: "REVOCATIONS_INVALID",
  });
});

test("an entry that names nothing is refused, and nothing is written", async (t) => {
  const { home, authority } = trustStage(t);
  const before = readFileSync(home.revocations);
  for (const entry of [
    { kind: "publisher-key", id: "alice", reason: "x" },
    { kind: "authorization", id: publisherKeyId, reason: "x" },
    { kind: "workload", id: "w", reason: "x" },
    { kind: "component", id: componentDigest, reason: "" },
  ] as const) {
    await assert.rejects(addRevocation(home, entry, { signer: authority.signer }), {
      code: "REVOCATION_ENTRY_INVALID",
    });
  }
  assert.deepEqual(readFileSync(home.revocations), before);
  assert.equal(
    readdirSync(home.folder).some((name) => name.includes("lock")),
    false,
  );
});

test("revocations that are made at the same time are all kept", async (t) => {
  const { home, authority, keys } = trustStage(t);
  const ids = Array.from({ length: 8 }, (_, index) => `sha256:${String(index).padStart(64, "0")}`);
  await Promise.all(
    ids.map((id) =>
      addRevocation(home, { kind: "component", id, reason: "x" }, { signer: authority.signer }),
    ),
  );
  const list = loadRevocations(home, keys);
  assert.equal(list.epoch, 1 + ids.length);
  for (const id of ids) assert.ok(list.isRevoked("component", id));
  assert.deepEqual(
    readdirSync(home.folder).filter((name) => name.includes("tmp") || name.includes("lock")),
    [],
  );
});

test("a lock whose process is gone is taken over", async (t) => {
  const { home, authority } = trustStage(t);
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  writeFileSync(
    join(home.folder, "revocations.lock-000001"),
    JSON.stringify({ ...thisProcess(), pid: gone, token: "x" }),
  );
  const list = await addRevocation(home, revocation, { signer: authority.signer });
  assert.equal(list.epoch, 2);
});

test("a lock that is held is waited for, and then said to be held", async (t) => {
  const { home, authority } = trustStage(t);
  writeFileSync(
    join(home.folder, "revocations.lock-000001"),
    JSON.stringify({ ...thisProcess(), token: "x" }),
  );
  await assert.rejects(addRevocation(home, revocation, { signer: authority.signer }), {
    code: "REVOCATIONS_BUSY",
  });
});
