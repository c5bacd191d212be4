import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { createPublisherTrust, loadPublisherTrust } from "../../../runtime/component/signature/index.js";
import { parseTrustPolicy, selectTrustPolicy } from "../../../runtime/component/signature/trust-policy.js";
import { chain, issue } from "./certificates.js";
import { repository, temporaryTrust } from "./forge.js";

const entry = {
  name: "one",
  registryScopes: [repository],
  signatureVerification: { level: "strict" },
  trustStores: ["ca:mine"],
  trustedIdentities: ["x509.subject: C=US, ST=WA, O=example"],
};
const everything = { ...entry, name: "rest", registryScopes: ["*"] };
const parse = (value: unknown) => parseTrustPolicy("p", Buffer.from(JSON.stringify(value)));
const policies = (...trustPolicies: object[]) => parse({ version: "1.0", trustPolicies });
const invalid = { code: "TRUST_POLICY_INVALID" };

test("the policy that names the repository comes before the one for everything", () => {
  const file = policies(everything, entry);
  assert.equal(selectTrustPolicy(file, repository).name, "one");
  assert.equal(selectTrustPolicy(file, "registry.example:5000/team/other").name, "rest");
});

test("without a policy that applies, nobody is trusted", () => {
  const file = policies(entry);
  for (const asked of ["registry.example:5000/team", `${repository}x`, "other.example/team/app", "", "*"]) {
    assert.throws(() => selectTrustPolicy(file, asked), { code: "TRUST_POLICY_NOT_APPLICABLE" }, asked);
  }
});

test("without a trust policy file, nobody is trusted", (t) => {
  assert.throws(() => loadPublisherTrust(temporaryTrust(t), repository), { code: "TRUST_POLICY_MISSING" });
});

const wrong: readonly [string, object][] = [
  ["a level other than strict", { signatureVerification: { level: "permissive" } }],
  ["the level skip", { signatureVerification: { level: "skip" } }],
  ["an override", { signatureVerification: { level: "strict", override: { revocation: "skip" } } }],
  ["no level", { signatureVerification: {} }],
  ["an unknown key", { trustedIdentitys: ["*"] }],
  ["no scope", { registryScopes: [] }],
  ["the scope * among others", { registryScopes: ["*", repository] }],
  ["a scope with a wildcard in it", { registryScopes: ["registry.example/*"] }],
  ["a scope without a host", { registryScopes: ["app"] }],
  ["a scope with a tag", { registryScopes: ["registry.example/app:1"] }],
  ["a scope with a digest", { registryScopes: ["registry.example/app@sha256:00"] }],
  ["a scope twice", { registryScopes: [repository, repository] }],
  ["no store", { trustStores: [] }],
  ["a store of another type", { trustStores: ["signingAuthority:mine"] }],
  ["a store that leaves its folder", { trustStores: ["ca:.."] }],
  ["a store with a path", { trustStores: ["ca:a/b"] }],
  ["no identity", { trustedIdentities: [] }],
  ["the identity * among others", { trustedIdentities: ["*", "x509.subject: C=US, ST=WA, O=example"] }],
  ["an identity of another kind", { trustedIdentities: ["spiffe://example.org/x"] }],
  ["an identity without a state", { trustedIdentities: ["x509.subject: C=US, O=example"] }],
  ["an identity without a country", { trustedIdentities: ["x509.subject: ST=WA, O=example"] }],
  ["an identity without an organization", { trustedIdentities: ["x509.subject: C=US, ST=WA, CN=x"] }],
  ["an identity that is empty", { trustedIdentities: ["x509.subject:"] }],
  ["an attribute twice", { trustedIdentities: ["x509.subject: C=US, ST=WA, O=a, O=b"] }],
  ["an attribute twice by its two names", { trustedIdentities: ["x509.subject: C=US, ST=WA, S=WA, O=a"] }],
  ["an unknown attribute", { trustedIdentities: ["x509.subject: C=US, ST=WA, O=a, X=b"] }],
  ["an empty attribute", { trustedIdentities: ["x509.subject: C=US, ST=WA, O="] }],
  ["several attributes in one", { trustedIdentities: ["x509.subject: C=US, ST=WA, O=a+CN=b"] }],
  ["an unknown escape", { trustedIdentities: ["x509.subject: C=US, ST=WA, O=a\\b"] }],
  ["an escape at the end", { trustedIdentities: ["x509.subject: C=US, ST=WA, O=a\\"] }],
  [
    "identities that overlap",
    { trustedIdentities: ["x509.subject: C=US, ST=WA, O=a", "x509.subject: C=US, ST=WA, O=a, OU=b"] },
  ],
  [
    "identities that one certificate could match together",
    { trustedIdentities: ["x509.subject: C=US, ST=WA, O=a, CN=c", "x509.subject: C=US, ST=WA, O=a, OU=b"] },
  ],
];
for (const [what, change] of wrong) {
  test(`a trust policy with ${what} is refused`, () => {
    assert.throws(() => policies({ ...entry, ...change }), invalid);
  });
}

test("a trust policy file of another form is refused", () => {
  for (const value of [
    null,
    [],
    {},
    { version: "1.0", trustPolicies: [] },
    { version: "1.1", trustPolicies: [entry] },
    { version: 1, trustPolicies: [entry] },
    { version: "1.0", trustPolicies: [entry], extra: 1 },
    { version: "1.0", trustPolicies: [entry, { ...entry, registryScopes: ["a.example/b"] }] },
    { version: "1.0", trustPolicies: [everything, { ...everything, name: "two" }] },
    { version: "1.0", trustPolicies: [entry, { ...entry, name: "two" }] },
  ]) {
    assert.throws(() => parse(value), invalid, JSON.stringify(value));
  }
  const text = JSON.stringify({ version: "1.0", trustPolicies: [entry] });
  for (const bad of [
    "",
    "{",
    `${text},`,
    `\ufeff${text}`,
    text.replace('"name":"one"', '"name":"one","name":"two"'),
  ]) {
    assert.throws(() => parseTrustPolicy("p", Buffer.from(bad)), invalid, bad);
  }
  assert.ok(parseTrustPolicy("p", Buffer.from(text)));
});

test("escapes in an identity are resolved", () => {
  const identity = "x509.subject:C=US,ST=WA,  O=a\\, b\\;c\\\\d ,CN=\\ e f\\ ";
  const [found] = policies({ ...entry, trustedIdentities: [identity] }).entries;
  const [attributes] = found?.identities === "any" ? [] : (found?.identities ?? []);
  assert.deepEqual(Object.fromEntries(attributes ?? []), { C: "US", ST: "WA", O: "a, b;c\\d", CN: " e f " });
});

test("what is made for a new home is valid, trusts that root, and is never overwritten", async (t) => {
  const location = temporaryTrust(t);
  const { der } = await issue({});
  createPublisherTrust(location, { name: "mine", certificates: der });
  const before = readFileSync(location.trustPolicy);
  assert.equal(loadPublisherTrust(location, repository).roots.length, 1);
  for (const name of ["mine", "other"]) {
    assert.throws(() => createPublisherTrust(location, { name, certificates: der }), {
      code: "TRUST_POLICY_EXISTS",
    });
  }
  assert.deepEqual(readFileSync(location.trustPolicy), before);
});

async function store(t: Parameters<typeof temporaryTrust>[0]) {
  const location = temporaryTrust(t);
  const made = await chain();
  createPublisherTrust(location, { name: "mine", certificates: made.root.der });
  const folder = join(location.truststore, "x509", "ca", "mine");
  return { ...made, location, folder, load: () => loadPublisherTrust(location, repository) };
}

test("a trust store is all the certificates of its folder, PEM and DER, and nothing below it", async (t) => {
  const { folder, load, root } = await store(t);
  const others = await Promise.all([issue({}), issue({}), issue({})]);
  writeFileSync(
    join(folder, "two.pem"),
    others
      .slice(0, 2)
      .map(({ certificate }) => certificate.toString("pem"))
      .join("\n"),
  );
  writeFileSync(join(folder, "three.crt"), others[2].der);
  writeFileSync(join(folder, "notes.txt"), "not a certificate");
  mkdirSync(join(folder, "more.pem"));
  writeFileSync(join(folder, "more.pem", "four.crt"), (await issue({})).der);
  const found = load().roots.map(({ der }) => Buffer.from(der).toString("hex"));
  const wanted = [root, ...others].map(({ der }) => Buffer.from(der).toString("hex"));
  assert.deepEqual(found.sort(), wanted.sort());
});

test("a trust store that is missing, empty, broken or linked elsewhere is refused", async (t) => {
  const unusable = { code: "TRUST_STORE_UNUSABLE" };
  const broken = await store(t);
  writeFileSync(
    join(broken.folder, "bad.pem"),
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  );
  assert.throws(broken.load, unusable);

  const noBlock = await store(t);
  writeFileSync(
    join(noBlock.folder, "bad.pem"),
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
  );
  assert.throws(noBlock.load, unusable);

  const linked = await store(t);
  symlinkSync(join(linked.folder, "mine.pem"), join(linked.folder, "link.pem"));
  assert.throws(linked.load, unusable);

  const leafOnly = await store(t);
  writeFileSync(join(leafOnly.folder, "leaf.pem"), leafOnly.leaf.certificate.toString("pem"));
  assert.throws(leafOnly.load, unusable);

  for (const folder of ["missing", "empty", "link"]) {
    const { location } = await store(t);
    const path = join(location.truststore, "x509", "ca", folder);
    if (folder === "empty") mkdirSync(path);
    if (folder === "link") symlinkSync(join(location.truststore, "x509", "ca", "mine"), path);
    const document = { version: "1.0", trustPolicies: [{ ...everything, trustStores: [`ca:${folder}`] }] };
    writeFileSync(location.trustPolicy, JSON.stringify(document));
    assert.throws(() => loadPublisherTrust(location, repository), unusable, folder);
  }
});

test("a certificate in a store that no policy names is not trusted", async (t) => {
  const { location, load, root } = await store(t);
  const path = join(location.truststore, "x509", "ca", "other");
  mkdirSync(path);
  writeFileSync(join(path, "other.crt"), (await issue({})).der);
  assert.deepEqual(
    load().roots.map(({ der }) => Buffer.from(der)),
    [Buffer.from(root.der)],
  );
});
