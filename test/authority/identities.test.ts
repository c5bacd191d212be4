import assert from "node:assert/strict";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  verify,
  X509Certificate,
} from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import {
  createAuthorityIdentity,
  createNodeIdentity,
  createPublisherIdentity,
  exportPublic,
  keyIdOf,
  loadNodeIdentity,
  loadPublisherIdentity,
} from "../../runtime/authority/index.js";
import { issue } from "../component/signature/certificates.js";
import { temporaryHome } from "./temporary-home.js";

const nodeId = "spiffe://example.org/node/one";
const publisher = { spiffeId: "spiffe://example.org/publisher/one", subject: { commonName: "one" } };

test("a node signs what its public key verifies, and is the same after loading", (t) => {
  const home = temporaryHome(t);
  const node = createNodeIdentity(home, { spiffeId: nodeId });
  const message = Buffer.from("checkpoint");
  const signature = node.signer.sign(message);
  assert.equal(signature.length, 64);
  assert.ok(verify(null, message, node.publicKey, signature));
  assert.equal(node.signer.publicKey.length, 32);
  assert.equal(node.signer.name, "example.org/node/one");

  const again = loadNodeIdentity(home);
  assert.equal(again.keyId, node.keyId);
  assert.deepEqual(again.signer.sign(message), signature);
});

test("a key id is the SHA-256 of the key's SPKI", (t) => {
  const node = createNodeIdentity(temporaryHome(t), { spiffeId: nodeId });
  const spki = node.publicKey.export({ type: "spki", format: "der" });
  assert.equal(node.keyId, `sha256:${createHash("sha256").update(spki).digest("hex")}`);
});

test("a second spelling of a key does not give it a second id", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const [x, y] = [spki.subarray(-64, -32), spki.subarray(-32)];
  const prefix = Buffer.from(spki.subarray(0, -65));
  // The same point compressed: SEQUENCE and BIT STRING are 32 bytes shorter.
  prefix[1] = (prefix[1] ?? 0) - 32;
  prefix[prefix.length - 2] = (prefix[prefix.length - 2] ?? 0) - 32;
  const sign = ((y[31] ?? 0) & 1) + 2;
  const compressed = createPublicKey({
    key: Buffer.concat([prefix, Buffer.from([sign]), x]),
    format: "der",
    type: "spki",
  });
  assert.ok(compressed.equals(publicKey));
  assert.equal(keyIdOf(compressed), keyIdOf(publicKey));
});

test("creating never overwrites a key, and leaves nothing behind when it is refused", async (t) => {
  const home = temporaryHome(t);
  const node = createNodeIdentity(home, { spiffeId: nodeId });
  const made = await createPublisherIdentity(home, publisher);
  assert.throws(() => createNodeIdentity(home, { spiffeId: nodeId }), { code: "IDENTITY_EXISTS" });
  await assert.rejects(createPublisherIdentity(home, publisher), { code: "IDENTITY_EXISTS" });
  assert.equal(loadNodeIdentity(home).keyId, node.keyId);
  assert.equal(loadPublisherIdentity(home).keyId, made.keyId);
  assert.deepEqual(readdirSync(home.keys).sort(), ["node", "publisher"]);
});

test("a name that would leave the key folder is refused", (t) => {
  const home = temporaryHome(t);
  for (const name of ["", "..", "../x", "a/b", "A", "a\0b", ".hidden", "x".repeat(65)]) {
    assert.throws(
      () => createNodeIdentity(home, { name, spiffeId: nodeId }),
      { code: "IDENTITY_NAME_INVALID" },
      name,
    );
  }
});

test("an identity that is not there is not made by loading it", (t) => {
  assert.throws(() => loadNodeIdentity(temporaryHome(t)), { code: "IDENTITY_MISSING" });
});

test("all files of an identity are the owner's alone", async (t) => {
  const home = temporaryHome(t);
  await createPublisherIdentity(home, publisher);
  const folder = join(home.keys, "publisher", "default");
  assert.deepEqual(readdirSync(folder).sort(), ["certificate.pem", "identity.json", "key.pem"]);
  for (const name of readdirSync(folder))
    assert.equal(lstatSync(join(folder, name)).mode & 0o777, 0o600, name);
});

test("a key file that others can read, or that is a link, is refused", (t) => {
  const home = temporaryHome(t);
  createNodeIdentity(home, { spiffeId: nodeId });
  const path = join(home.keys, "node", "default", "key.pem");
  chmodSync(path, 0o644);
  assert.throws(() => loadNodeIdentity(home), { code: "HOME_UNSAFE" });
  chmodSync(path, 0o600);
  copyFileSync(path, join(home.folder, "stolen.pem"));
  unlinkSync(path);
  symlinkSync(join(home.folder, "stolen.pem"), path);
  assert.throws(() => loadNodeIdentity(home), { code: "HOME_UNSAFE" });
});

test("a key of another kind in a key's place is refused", async (t) => {
  const home = temporaryHome(t);
  createNodeIdentity(home, { spiffeId: nodeId });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  writeFileSync(join(home.keys, "node", "default", "key.pem"), pem);
  assert.throws(() => loadNodeIdentity(home), { code: "IDENTITY_BROKEN" });

  // P-256, but not the key of the certificate.
  await createPublisherIdentity(home, publisher);
  writeFileSync(join(home.keys, "publisher", "default", "key.pem"), pem);
  assert.throws(() => loadPublisherIdentity(home), { code: "IDENTITY_BROKEN" });

  const curve = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
  writeFileSync(
    join(home.keys, "publisher", "default", "key.pem"),
    curve.export({ type: "pkcs8", format: "pem" }),
  );
  assert.throws(() => loadPublisherIdentity(home), { code: "IDENTITY_BROKEN" });
});

test("a publisher's key of another curve is refused, though its certificate is for it", async (t) => {
  const home = temporaryHome(t);
  await createPublisherIdentity(home, publisher);
  const folder = join(home.keys, "publisher", "default");
  const { privateKey, certificate } = await issue({ algorithm: { name: "ECDSA", namedCurve: "P-384" } });
  writeFileSync(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(folder, "certificate.pem"), certificate.toString("pem"));
  assert.throws(() => loadPublisherIdentity(home), { code: "IDENTITY_BROKEN", message: /P-256/ });
});

test("a truncated key or a changed description is refused with a clear error", (t) => {
  const home = temporaryHome(t);
  createNodeIdentity(home, { spiffeId: nodeId });
  const folder = join(home.keys, "node", "default");
  const key = readFileSync(join(folder, "key.pem"));
  writeFileSync(join(folder, "key.pem"), key.subarray(0, 40));
  assert.throws(() => loadNodeIdentity(home), { code: "IDENTITY_BROKEN" });
  writeFileSync(join(folder, "key.pem"), key);
  for (const text of ["", "{", '{"version":2}', `{"version":1,"kind":"authority","spiffeId":"${nodeId}"}`]) {
    writeFileSync(join(folder, "identity.json"), text);
    assert.throws(() => loadNodeIdentity(home), { code: "IDENTITY_BROKEN" }, text);
  }
});

test("a publisher's certificate is what Notation asks of a self-signed one", async (t) => {
  const made = await createPublisherIdentity(temporaryHome(t), {
    ...publisher,
    subject: { commonName: "app", organization: "Example, Inc.", state: "Berlin", country: "DE" },
  });
  const [der] = made.certificates;
  assert.ok(der);
  const certificate = new X509Certificate(der);
  assert.equal(certificate.subject, "C=DE\nST=Berlin\nO=Example\\, Inc.\nCN=app");
  assert.equal(certificate.ca, false);
  assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.3"]);
  assert.equal(certificate.subjectAltName, "URI:spiffe://example.org/publisher/one");
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(keyIdOf(certificate.publicKey), made.keyId);
});

test("a subject that could be read as another is refused", async (t) => {
  const home = temporaryHome(t);
  for (const subject of [
    { commonName: "" },
    { commonName: " a" },
    { commonName: "a\nO=b" },
    { commonName: "x".repeat(65) },
    { commonName: "a", country: "Germany" },
    { commonName: "a", state: "" },
  ]) {
    await assert.rejects(createPublisherIdentity(home, { ...publisher, subject }), {
      code: "CERTIFICATE_SUBJECT_INVALID",
    });
  }
  assert.deepEqual(readdirSync(home.keys), []);
});

test("what is exported has no secret in it", async (t) => {
  const home = temporaryHome(t);
  const exported = [
    exportPublic(await createPublisherIdentity(home, publisher)),
    exportPublic(createNodeIdentity(home, { spiffeId: nodeId })),
    exportPublic(createAuthorityIdentity(home, { spiffeId: "spiffe://example.org/authority/one" })),
  ];
  for (const identity of exported) {
    const pem = readFileSync(join(home.keys, identity.kind, "default", "key.pem"));
    const secret = Buffer.from(createPrivateKey(pem).export({ format: "jwk" }).d ?? "", "base64url");
    assert.equal(secret.length, 32);
    const blocks = `${identity.publicKeyPem}${identity.certificatePem ?? ""}`.split(/-----[A-Z ]+-----/);
    assert.ok(blocks.length > 1);
    for (const block of blocks) assert.ok(!Buffer.from(block, "base64").includes(secret));
    assert.doesNotMatch(JSON.stringify(identity), /PRIVATE/);
  }
});
