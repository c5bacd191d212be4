import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "vitest";
import * as fc from "fast-check";
import { compactVerify } from "jose";
import { checkRevocationList, signRevocationList } from "../../runtime/trust/revocation-list.js";
import type { RevocationEntry } from "../../runtime/trust/index.js";
import { authorizationId, componentDigest, publisherKeyId, trustStage, workload } from "./fixtures.js";

const issued = "2026-01-01T00:00:00Z";
const about = { reason: "because", at: issued };
const entries: readonly RevocationEntry[] = [
  { kind: "publisher-key", id: publisherKeyId, ...about },
  { kind: "node-key", id: publisherKeyId, ...about },
  { kind: "component", id: componentDigest, ...about },
  { kind: "policy", id: componentDigest, ...about },
  { kind: "authorization", id: authorizationId, ...about },
  { kind: "workload", id: workload, ...about },
  { kind: "workload", id: componentDigest, ...about },
];

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function stage(t: TestContext) {
  const { authority, keys, home } = trustStage(t);
  const check = (bytes: Uint8Array | string) => checkRevocationList("list", Buffer.from(bytes), keys);
  const forge = (header: object, payload: string) => {
    const input = `${encode(JSON.stringify(header))}.${encode(payload)}`;
    return `${input}.${Buffer.from(authority.signer.sign(Buffer.from(input))).toString("base64url")}`;
  };
  const header = { alg: "EdDSA", typ: "wrun-revocations+jwt", kid: authority.keyId };
  return { authority, keys, home, check, forge, header };
}

const refused = { code: "REVOCATIONS_INVALID" };

test("a list says of each kind of thing whether it is revoked, and of no other", (t) => {
  const { authority, check } = stage(t);
  const list = check(signRevocationList({ epoch: 7, issued, entries }, authority.signer));
  assert.equal(list.epoch, 7);
  for (const entry of entries) assert.deepEqual(list.find(entry.kind, entry.id), entry);
  assert.equal(list.isRevoked("authorization", componentDigest), false);
  assert.equal(list.isRevoked("component", publisherKeyId), false);
  assert.equal(list.isRevoked("component", `x ${componentDigest}`), false);
});

test("another implementation of JWS verifies the list on the disk", async (t) => {
  const { authority, home } = stage(t);
  const text = readFileSync(home.revocations, "utf8");
  const { payload } = await compactVerify(text, authority.publicKey, { algorithms: ["EdDSA"] });
  assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), { epoch: 1, issued, entries: [] });
});

test("a list by another key is refused, under its own key id and under the right one", (t) => {
  const { check, forge, header } = stage(t);
  const other = stage(t);
  const payload = JSON.stringify({ epoch: 9, issued, entries: [] });
  assert.throws(() => check(other.forge(other.header, payload)), refused);
  assert.throws(() => check(other.forge(header, payload)), refused);
  assert.equal(check(forge(header, payload)).epoch, 9);
});

test("a key of another kind among the keys verifies nothing", (t) => {
  const { authority, forge, header } = stage(t);
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const token = forge(header, JSON.stringify({ epoch: 1, issued, entries: [] }));
  assert.throws(
    () => checkRevocationList("list", Buffer.from(token), new Map([[authority.keyId, publicKey]])),
    refused,
  );
});

test("another algorithm, another type and any further header are refused", (t) => {
  const { check, forge, header } = stage(t);
  const payload = JSON.stringify({ epoch: 1, issued, entries: [] });
  for (const change of [
    { alg: "none" },
    { alg: "HS256" },
    { alg: "ES256" },
    { typ: "wrun-authorization+jwt" },
    { typ: undefined },
    { crit: ["x"] },
    { jwk: {} },
  ]) {
    assert.throws(() => check(forge({ ...header, ...change }, payload)), refused, JSON.stringify(change));
  }
});

test("content of another form is refused", (t) => {
  const { check, forge, header } = stage(t);
  const good = { epoch: 1, issued, entries };
  assert.ok(check(forge(header, JSON.stringify(good))));
  const [entry] = entries;
  for (const bad of [
    { ...good, epoch: 0 },
    { ...good, epoch: -1 },
    { ...good, epoch: 1.5 },
    { ...good, epoch: "1" },
    { ...good, epoch: 2 ** 60 },
    { ...good, issued: "yesterday" },
    { ...good, more: 1 },
    { epoch: 1, issued },
    { ...good, entries: {} },
    { ...good, entries: [{ ...entry, kind: "everything" }] },
    { ...good, entries: [{ ...entry, kind: "__proto__" }] },
    { ...good, entries: [{ ...entry, id: publisherKeyId.toUpperCase() }] },
    { ...good, entries: [{ ...entry, extra: 1 }] },
    { ...good, entries: [{ ...entry, reason: "" }] },
    { ...good, entries: [entry, { ...entry, reason: "again" }] },
    [],
    null,
  ]) {
    assert.throws(() => check(forge(header, JSON.stringify(bad))), refused, JSON.stringify(bad));
  }
});

test("a key that appears twice, which could hide the entries from one of two parsers, is refused", (t) => {
  const { check, forge, header } = stage(t);
  const text = JSON.stringify({ epoch: 1, issued, entries });
  assert.throws(() => check(forge(header, `${text.slice(0, -1)},"entries":[]}`)), refused);
  assert.throws(() => check(forge(header, `{"entries":[],${text.slice(1)}`)), refused);
});

test("garbage is refused: empty, cut short, with a byte more, huge", (t) => {
  const { authority, check } = stage(t);
  const bytes = signRevocationList({ epoch: 1, issued, entries }, authority.signer);
  for (const bad of [
    "",
    ".",
    "..",
    "...",
    `${bytes.toString()}.`,
    `${bytes.toString()}\n`,
    ` ${bytes.toString()}`,
  ]) {
    assert.throws(() => check(bad), refused, JSON.stringify(bad.slice(0, 20)));
  }
  const huge = Buffer.alloc(8 * 1024 * 1024 + 1, "A");
  assert.throws(() => check(huge), { ...refused, message: /larger/ });
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), (length) => {
      assert.throws(() => check(bytes.subarray(0, length)), refused);
    }),
  );
});

test("changing any one byte is noticed", (t) => {
  const { authority, check } = stage(t);
  const bytes = signRevocationList({ epoch: 1, issued, entries: entries.slice(0, 1) }, authority.signer);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, mask) => {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ mask;
      assert.throws(() => check(changed), refused);
    }),
  );
});
