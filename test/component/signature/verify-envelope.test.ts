import assert from "node:assert/strict";
import { createHmac, verify, X509Certificate } from "node:crypto";
import { test, type TestContext } from "vitest";
import * as fc from "fast-check";
import { createPublisherIdentity } from "../../../runtime/authority/index.js";
import {
  chainThumbprints,
  createSignatureCheck,
  signArtifact,
} from "../../../runtime/component/signature/index.js";
import { digestOf } from "../../../runtime/digest.js";
import type { RevocationLookup } from "../../../runtime/trust/types.js";
import { temporaryHome } from "../../authority/temporary-home.js";
import { at, chain, issue, name, p256, rsa } from "./certificates.js";
import {
  bytesOf,
  forge,
  goodHeader,
  goodPayload,
  manifest,
  manifestBytes,
  nothingRevoked,
  trusting,
  verifyWith,
} from "./forge.js";

const malformed = { code: "SIGNATURE_MALFORMED" };
const expiry = "io.cncf.notary.expiry";
const scheme = "io.cncf.notary.signingScheme";

async function stage(t: TestContext) {
  const signer = await issue({});
  const certificates = [signer.der];
  const trust = trusting(t, signer.der);
  return {
    signer,
    certificates,
    trust,
    make: (parts: object = {}) => forge({ signer, certificates, ...parts }),
  };
}

test("what a publisher of this home signs is verified, and names the publisher's key", async (t) => {
  const publisher = await createPublisherIdentity(temporaryHome(t), {
    spiffeId: "spiffe://example.org/publisher/one",
    subject: { commonName: "one" },
    now: at,
  });
  const [certificate = new Uint8Array()] = publisher.certificates;
  const envelope = await signArtifact(manifest, publisher, { signingTime: at });
  const verified = await verifyWith(trusting(t, certificate), envelope);
  assert.equal(verified.signer.keyId, publisher.keyId);
  assert.equal(verified.signer.subject, "C=ZZ, ST=none, O=one, CN=one");
  assert.equal(verified.signer.certificateFingerprint, digestOf(certificate));
  assert.equal(verified.rootFingerprint, digestOf(certificate));
  assert.equal(verified.targetDigest, manifest.digest);
  assert.equal(verified.trustPolicy, "mine");
  assert.deepEqual(verified.signingTime, at);
  assert.equal(verified.expiry, undefined);
  assert.ok(Object.isFrozen(verified) && Object.isFrozen(verified.signer));
});

test("what is signed has the form that the Notary Project lays down", async () => {
  const { leaf, certificates } = await chain();
  const bytes = await signArtifact(
    manifest,
    { privateKey: leaf.privateKey, certificates },
    { signingTime: at },
  );
  const envelope = JSON.parse(Buffer.from(bytes).toString()) as Record<string, string> & {
    header: { x5c: string[] };
  };
  const part = (key: string) => Buffer.from(envelope[key] ?? "", "base64url").toString();
  assert.deepEqual(Object.keys(envelope).sort(), ["header", "payload", "protected", "signature"]);
  assert.deepEqual(JSON.parse(part("protected")), goodHeader);
  assert.deepEqual(JSON.parse(part("payload")), goodPayload);
  assert.deepEqual(
    envelope.header.x5c,
    certificates.map((der) => Buffer.from(der).toString("base64")),
  );
  // By a second implementation, with the key as OpenSSL reads it from the certificate.
  const { publicKey } = new X509Certificate(Buffer.from(envelope.header.x5c[0] ?? "", "base64"));
  const input = Buffer.from(`${envelope["protected"] ?? ""}.${envelope["payload"] ?? ""}`);
  const signature = Buffer.from(envelope["signature"] ?? "", "base64url");
  assert.ok(verify("sha256", input, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature));
  assert.equal(chainThumbprints([Buffer.from("x")]), JSON.stringify([digestOf("x").slice(7)]));
});

test("a chain with an intermediate is verified down from its root", async (t) => {
  const { leaf, root, certificates } = await chain();
  const verified = await verifyWith(trusting(t, root.der), forge({ signer: leaf, certificates }));
  assert.equal(verified.rootFingerprint, digestOf(root.der));
  assert.equal(verified.signer.certificateFingerprint, digestOf(leaf.der));
});

for (const [alg, algorithm] of [
  ["ES384", { name: "ECDSA", namedCurve: "P-384" }],
  ["ES512", { name: "ECDSA", namedCurve: "P-521" }],
  ["PS256", rsa(2048)],
] as const) {
  test(`${alg} is signed and verified, as the key demands`, async (t) => {
    const { privateKey, der } = await issue({ algorithm });
    const bytes = await signArtifact(manifest, { privateKey, certificates: [der] }, { signingTime: at });
    const envelope = JSON.parse(Buffer.from(bytes).toString()) as { protected: string };
    const header = JSON.parse(Buffer.from(envelope.protected, "base64url").toString()) as { alg: string };
    assert.equal(header.alg, alg);
    await verifyWith(trusting(t, der), bytes);
  });
}

test("an envelope for another manifest is refused: another digest, size or media type", async (t) => {
  const { make, trust } = await stage(t);
  for (const change of [
    { digest: digestOf("other") },
    { size: 1 },
    { mediaType: "application/vnd.oci.image.index.v1+json" },
  ]) {
    const envelope = make({ payload: { targetArtifact: { ...manifest, ...change } } });
    await assert.rejects(verifyWith(trust, envelope), { code: "SIGNATURE_WRONG_ARTIFACT" });
  }
});

test("annotations that the signer added are accepted", async (t) => {
  const { make, trust } = await stage(t);
  const targetArtifact = { ...manifest, annotations: { "org.example.build": "1" }, artifactType: "x/y" };
  assert.ok(await verifyWith(trust, make({ payload: { targetArtifact } })));
});

test("a payload of another form is refused, though it is signed", async (t) => {
  const { make, trust } = await stage(t);
  for (const payload of [
    {},
    { targetArtifact: null },
    { targetArtifact: { ...manifest, size: "19" } },
    { targetArtifact: { ...manifest, size: -1 } },
    { targetArtifact: { ...manifest, urls: ["https://x"] } },
    { targetArtifact: manifest, more: 1 },
    [],
    "not JSON",
    `{"targetArtifact":{},"targetArtifact":${JSON.stringify(manifest)}}`,
    `{"t\\u0061rgetArtifact":{},"targetArtifact":${JSON.stringify(manifest)}}`,
  ]) {
    await assert.rejects(verifyWith(trust, make({ payload })), malformed, JSON.stringify(payload));
  }
});

test("a changed payload, header or signature is refused", async (t) => {
  const { make, trust } = await stage(t);
  const good = make();
  const later = { ...goodHeader, "io.cncf.notary.signingTime": "2026-01-01T00:00:01Z" };
  const other = make({ header: later, payload: { targetArtifact: { ...manifest, size: 1 } } });
  assert.ok(await verifyWith(trust, good));
  for (const key of ["payload", "protected", "signature"] as const) {
    await assert.rejects(
      verifyWith(trust, { ...good, [key]: other[key] }),
      { code: "SIGNATURE_INVALID" },
      key,
    );
  }
});

test("changing any one byte of an envelope never yields another meaning", async (t) => {
  const { make, trust } = await stage(t);
  const bytes = Buffer.from(bytesOf(make()));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (index, mask) => {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ mask;
      await assert.rejects(verifyWith(trust, changed), { name: "WrunError" });
    }),
    { numRuns: 300 },
  );
});

for (const alg of ["none", "HS256", "EdDSA", "RS256", "ES256K", "PS1", ""]) {
  test(`alg ${JSON.stringify(alg)} is refused`, async (t) => {
    const { make, trust } = await stage(t);
    await assert.rejects(verifyWith(trust, make({ header: { ...goodHeader, alg } })), malformed);
  });
}

test("an algorithm that is not the key's is refused", async (t) => {
  const { make, trust } = await stage(t);
  for (const alg of ["ES384", "ES512", "PS256"]) {
    await assert.rejects(verifyWith(trust, make({ header: { ...goodHeader, alg } })), {
      code: "SIGNATURE_INVALID",
    });
  }
});

test("an HMAC with the public key as its secret is refused", async (t) => {
  const { make, trust, signer } = await stage(t);
  const envelope = make();
  const secret = new X509Certificate(signer.der).publicKey.export({ type: "spki", format: "pem" });
  const mac = createHmac("sha256", secret)
    .update(`${envelope.protected}.${envelope.payload}`)
    .digest("base64url");
  await assert.rejects(verifyWith(trust, { ...envelope, signature: mac }), { code: "SIGNATURE_INVALID" });
});

test("a signature by another key than the certificate's is refused", async (t) => {
  const { trust, certificates } = await stage(t);
  const attacker = await issue({});
  await assert.rejects(verifyWith(trust, forge({ signer: attacker, certificates })), {
    code: "SIGNATURE_INVALID",
  });
});

test("protected headers of another form are refused", async (t) => {
  const { make, trust } = await stage(t);
  const time = "io.cncf.notary.signingTime";
  const { [scheme]: _s, ...noScheme } = goodHeader;
  const { [time]: _t, ...noTime } = goodHeader;
  const { crit: _c, ...noCrit } = goodHeader;
  const { cty: _y, ...noType } = goodHeader;
  for (const header of [
    noScheme,
    noTime,
    noCrit,
    noType,
    { ...goodHeader, cty: "application/json" },
    { ...goodHeader, crit: [] },
    { ...goodHeader, crit: [scheme, scheme] },
    { ...goodHeader, crit: [scheme, "alg"] },
    {
      ...goodHeader,
      crit: [scheme, "io.cncf.notary.verificationPlugin"],
      "io.cncf.notary.verificationPlugin": "p",
    },
    { ...goodHeader, crit: [scheme, expiry] },
    { ...goodHeader, [expiry]: "2026-02-01T00:00:00Z" },
    { ...goodHeader, [scheme]: "notary.x509.signingAuthority" },
    { ...goodHeader, [time]: "yesterday" },
    { ...goodHeader, [time]: "2026-13-01T00:00:00Z" },
    { ...goodHeader, [time]: 1767225600 },
    { ...goodHeader, b64: false },
    { ...goodHeader, jwk: {} },
    { ...goodHeader, kid: "x" },
    `{"alg":"none",${JSON.stringify(goodHeader).slice(1)}`,
    "",
    "[]",
  ]) {
    await assert.rejects(verifyWith(trust, make({ header })), malformed, JSON.stringify(header));
  }
});

test("an envelope of another form is refused", async (t) => {
  const { make, trust } = await stage(t);
  const good = make();
  const { header: _h, ...noHeader } = good;
  for (const bad of [
    noHeader,
    { ...good, extra: 1 },
    { ...good, header: {} },
    { ...good, header: { x5c: [] } },
    { ...good, header: { x5c: "x" } },
    { ...good, header: { ...good.header, alg: "none" } },
    { ...good, header: { ...good.header, crit: [] } },
    { payload: good.payload, signatures: [good] },
    [good],
    {},
  ]) {
    await assert.rejects(verifyWith(trust, bad), malformed, JSON.stringify(Object.keys(bad)));
  }
  const text = JSON.stringify(good);
  for (const bad of [
    "",
    "null",
    text.slice(0, -1),
    `${text}x`,
    `\ufeff${text}`,
    `{"payload":"e30",${text.slice(1)}`,
    `${good.protected}.${good.payload}.${good.signature}`,
  ]) {
    await assert.rejects(verifyWith(trust, Buffer.from(bad)), malformed, bad.slice(0, 20));
  }
  await assert.rejects(verifyWith(trust, Buffer.from([0xff, 0xfe])), malformed);
  await assert.rejects(verifyWith(trust, Buffer.alloc(256 * 1024 + 1, " ")), malformed);
});

test("a countersignature does not lengthen the life of a signature", async (t) => {
  const { make, trust } = await stage(t);
  const envelope = make({ unprotected: { "io.cncf.notary.timestampSignature": "AAAA" } });
  assert.ok(await verifyWith(trust, envelope));
  const now = new Date("2027-01-01T00:00:00Z");
  await assert.rejects(verifyWith(trust, envelope, { now }), { code: "CERTIFICATE_UNACCEPTABLE" });
});

test("an expiry is enforced to the second, and must be signed as critical", async (t) => {
  const { make, trust } = await stage(t);
  const envelope = make({
    header: { ...goodHeader, crit: [scheme, expiry], [expiry]: "2026-01-01T01:00:00Z" },
  });
  assert.ok(await verifyWith(trust, envelope, { now: new Date("2026-01-01T00:59:59.999Z") }));
  for (const now of [new Date("2026-01-01T01:00:00Z"), new Date(Number.NaN)]) {
    await assert.rejects(verifyWith(trust, envelope, { now }), { code: "SIGNATURE_EXPIRED" });
  }
});

test("an expiry that is asked for when signing is in the envelope", async (t) => {
  const { signer, certificates, trust } = await stage(t);
  const until = new Date("2026-01-01T01:00:00Z");
  const key = { privateKey: signer.privateKey, certificates };
  const envelope = await signArtifact(manifest, key, { signingTime: at, expiry: until });
  assert.deepEqual((await verifyWith(trust, envelope)).expiry, until);
});

test("a certificate must be valid now and at the time of signing", async (t) => {
  const { make, trust } = await stage(t);
  const unacceptable = { code: "CERTIFICATE_UNACCEPTABLE" };
  for (const now of [
    new Date("2025-12-30T00:00:00Z"),
    new Date("2026-01-02T00:00:01Z"),
    new Date(Number.NaN),
  ]) {
    await assert.rejects(verifyWith(trust, make(), { now }), unacceptable, String(now));
  }
  for (const time of ["2025-12-30T00:00:00Z", "2026-01-03T00:00:00Z"]) {
    const header = { ...goodHeader, "io.cncf.notary.signingTime": time };
    await assert.rejects(verifyWith(trust, make({ header })), unacceptable, time);
  }
});

test("a root that has expired takes its chain along", async (t) => {
  const notAfter = new Date(at.getTime() + 1000);
  const { leaf, root, certificates } = await chain({ root: { notAfter } });
  const trust = trusting(t, root.der);
  const envelope = forge({ signer: leaf, certificates });
  assert.ok(await verifyWith(trust, envelope));
  const now = new Date(at.getTime() + 2000);
  await assert.rejects(verifyWith(trust, envelope, { now }), { code: "CERTIFICATE_UNACCEPTABLE" });
});

test("a root of the same name that nobody trusts is refused", async (t) => {
  const trusted = await chain();
  const attacker = await chain();
  const trust = trusting(t, trusted.root.der);
  const envelope = forge({ signer: attacker.leaf, certificates: attacker.certificates });
  await assert.rejects(verifyWith(trust, envelope), { code: "SIGNATURE_UNTRUSTED" });
});

test("the trusted root cannot be put behind a chain that it did not issue", async (t) => {
  const trusted = await chain();
  const attacker = await chain();
  const certificates = [attacker.leaf.der, attacker.intermediate.der, trusted.root.der];
  const envelope = forge({ signer: attacker.leaf, certificates });
  await assert.rejects(verifyWith(trusting(t, trusted.root.der), envelope), {
    code: "CERTIFICATE_UNACCEPTABLE",
  });
});

test("only the identities that are named are trusted", async (t) => {
  const { leaf, root, certificates } = await chain();
  const envelope = forge({ signer: leaf, certificates });
  for (const identity of ["C=DE, ST=Berlin, O=Example", "CN=leaf,O=Example,ST=Berlin,C=DE"]) {
    assert.ok(await verifyWith(trusting(t, root.der, [`x509.subject: ${identity}`]), envelope));
  }
  for (const identity of [
    "C=DE, ST=Berlin, O=Exampl",
    "C=DE, ST=Berlin, O=example",
    "C=DE, ST=Berlin, O=Example, OU=x",
    "C=DE, ST=Berlin, O=Example, CN=root",
  ]) {
    const trust = trusting(t, root.der, [`x509.subject: ${identity}`]);
    await assert.rejects(verifyWith(trust, envelope), { code: "SIGNATURE_UNTRUSTED" }, identity);
  }
});

test("a subject cannot pass for another by repeating an attribute or packing two into one", async (t) => {
  const subjects = [
    [...name("leaf"), { O: ["Evil"] }],
    [{ C: ["DE"] }, { ST: ["Berlin"] }, { O: ["Evil"] }, { O: ["Example"] }],
    [{ C: ["DE"] }, { ST: ["Berlin"] }, { O: ["Example"], CN: ["leaf"] }],
    [{ C: ["DE"] }, { ST: ["Berlin"] }, { O: ["Evil, O=Example"] }],
  ];
  for (const subject of subjects) {
    const { leaf, root, certificates } = await chain({ leaf: { subject } });
    const trust = trusting(t, root.der, ["x509.subject: C=DE, ST=Berlin, O=Example"]);
    const envelope = forge({ signer: leaf, certificates });
    await assert.rejects(
      verifyWith(trust, envelope),
      { code: "SIGNATURE_UNTRUSTED" },
      JSON.stringify(subject),
    );
  }
});

test("a revoked key refuses, be it the signer's, an intermediate's or the root's; so does a revoked manifest", async (t) => {
  const { leaf, root, certificates } = await chain();
  const trust = trusting(t, root.der);
  const envelope = forge({ signer: leaf, certificates });
  const asked: string[] = [];
  const recording: RevocationLookup = {
    find: (kind, id) => {
      asked.push(`${kind} ${id}`);
      return undefined;
    },
  };
  await verifyWith(trust, envelope, { revocations: recording });
  assert.equal(asked.length, 4);
  for (const target of asked) {
    const revocations: RevocationLookup = {
      find: (kind, id) =>
        `${kind} ${id}` === target ? { kind, id, reason: "leaked", at: "2026-01-01T00:00:00Z" } : undefined,
    };
    await assert.rejects(verifyWith(trust, envelope, { revocations }), { code: "SIGNATURE_REVOKED" }, target);
  }
});

test("a new certificate for a revoked key does not help", async (t) => {
  const first = await issue({});
  const second = await issue({ keys: first.keys, subject: name("renewed") });
  const { signer } = await verifyWith(
    trusting(t, first.der),
    forge({ signer: first, certificates: [first.der] }),
  );
  const revocations: RevocationLookup = {
    find: (kind, id) =>
      id === signer.keyId ? { kind, id, reason: "x", at: "2026-01-01T00:00:00Z" } : undefined,
  };
  const envelope = forge({ signer: second, certificates: [second.der] });
  await assert.rejects(verifyWith(trusting(t, second.der), envelope, { revocations }), {
    code: "SIGNATURE_REVOKED",
  });
});

test("where no signature is good and one is revoked, that is the error, and nobody is advised to trust the key", async (t) => {
  const revoked = await issue({});
  const untrusted = await issue({});
  const trust = trusting(t, revoked.der);
  const signed = forge({ signer: revoked, certificates: [revoked.der] });
  const { signer } = await verifyWith(trust, signed);
  const envelope = bytesOf(signed);
  const revocations: RevocationLookup = {
    find: (kind, id) =>
      id === signer.keyId ? { kind, id, reason: "stolen", at: "2026-01-01T00:00:00Z" } : undefined,
  };
  const check = createSignatureCheck({ trust, revocations, now: () => at });
  const other = bytesOf(forge({ signer: untrusted, certificates: [untrusted.der] }));
  for (const envelopes of [
    [envelope],
    [envelope, envelope],
    [envelope, other],
    [other, Buffer.from("garbage"), envelope],
  ]) {
    await assert.rejects(async () => check({ manifestBytes, envelopes }), { code: "SIGNATURE_REVOKED" });
  }
  const verdict = await check({ manifestBytes, envelopes: [other] });
  assert.ok(!verdict.ok && !verdict.reason.includes("revoked"), JSON.stringify(verdict));
});

test("signing with a key that is not the certificate's, or a certificate that verifiers refuse, is refused", async () => {
  const { leaf, certificates } = await chain();
  const other = await issue({ algorithm: p256 });
  const sign = (privateKey: typeof leaf.privateKey, ders: readonly Uint8Array[], signingTime = at) =>
    signArtifact(manifest, { privateKey, certificates: ders }, { signingTime });
  await assert.rejects(sign(other.privateKey, certificates), { code: "SIGNATURE_INVALID" });
  const unacceptable = { code: "CERTIFICATE_UNACCEPTABLE" };
  await assert.rejects(sign(leaf.privateKey, [leaf.der]), unacceptable);
  await assert.rejects(sign(leaf.privateKey, []), unacceptable);
  await assert.rejects(sign(leaf.privateKey, certificates, new Date("2030-01-01T00:00:00Z")), unacceptable);
});

test("of several envelopes one good one is enough, and none is not", async (t) => {
  const { make, trust } = await stage(t);
  const check = createSignatureCheck({ trust, revocations: nothingRevoked, now: () => at });
  const good = bytesOf(make());
  const bad = bytesOf(make({ payload: { targetArtifact: { ...manifest, size: 1 } } }));
  const garbage = Buffer.from("garbage");
  const verdict = await check({ manifestBytes, envelopes: [garbage, bad, good] });
  assert.ok(verdict.ok && verdict.targetDigest === manifest.digest);
  const refused = await check({ manifestBytes, envelopes: [garbage, bad] });
  assert.ok(!refused.ok);
  assert.match(refused.reason, /malformed.*; the signature is for/);
  assert.equal((await check({ manifestBytes, envelopes: [] })).ok, false);
  assert.equal((await check({ manifestBytes: Buffer.from("other"), envelopes: [good] })).ok, false);
  assert.equal((await check({ manifestBytes, envelopes: Array.from({ length: 33 }, () => good) })).ok, false);
});
