// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs this polyfill loaded before it
import "reflect-metadata";
import assert from "node:assert/strict";
import { test } from "vitest";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
} from "@peculiar/x509";
import { checkChain } from "../../../runtime/component/signature/certificate-chain.js";
import { caExtensions, chain, issue, leafExtensions, name, rsa, type Request } from "./certificates.js";

function refuses(ders: readonly Uint8Array[], reason: RegExp): Promise<void> {
  return assert.rejects(checkChain(ders), { code: "CERTIFICATE_UNACCEPTABLE", message: reason });
}

async function refusesChain(changes: Parameters<typeof chain>[0], reason: RegExp): Promise<void> {
  await refuses((await chain(changes)).certificates, reason);
}

async function refusesLeaf(request: Request, reason: RegExp): Promise<void> {
  await refuses([(await issue(request)).der], reason);
  await refusesChain({ leaf: request }, reason);
}

test("a complete chain in order is accepted, and so is one self-signed certificate", async () => {
  const { certificates, leaf, root } = await chain();
  const checked = await checkChain(certificates);
  assert.deepEqual([checked.leaf.der, checked.root.der, checked.all.length], [leaf.der, root.der, 3]);
  assert.equal((await checkChain([(await issue({})).der])).all.length, 1);
});

test("a chain that is incomplete, out of order, or has something else in it is refused", async () => {
  const { leaf, intermediate, root, certificates } = await chain();
  const other = await issue({ subject: name("other"), extensions: caExtensions() });
  await refuses([], /empty/);
  await refuses([leaf.der], /not its issuer/);
  await refuses([leaf.der, intermediate.der], /not its issuer/);
  await refuses([leaf.der, root.der], /not its issuer/);
  await refuses([leaf.der, root.der, intermediate.der], /not its issuer/);
  await refuses([...certificates, other.der], /not its issuer/);
  await refuses([...certificates, root.der, root.der, root.der, root.der, root.der, root.der], /longer/);
  await refuses([intermediate.der, leaf.der, root.der], /CA/);
});

test("an issuer that has the right name and not the right key is refused", async () => {
  const { leaf, intermediate } = await chain();
  const imposter = await issue({ subject: name("root"), extensions: caExtensions() });
  await refuses([leaf.der, intermediate.der, imposter.der], /signature on it is wrong/);
});

test("a self-issued certificate that its own key did not sign is refused", async () => {
  const other = await issue({});
  const { der } = await issue({ issuer: other, issuerName: name("leaf") });
  await refuses([der], /signature on it is wrong/);
});

test("a CA needs a critical basicConstraints that says so", async () => {
  const usage = new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true);
  for (const extensions of [
    [usage],
    [usage, new BasicConstraintsExtension(false, undefined, true)],
    [usage, new BasicConstraintsExtension(true, undefined, false)],
  ]) {
    await refusesChain({ intermediate: { extensions } }, /without being a CA/);
    await refusesChain({ root: { extensions } }, /without being a CA/);
  }
});

test("a certificate for signing artifacts cannot issue others", async () => {
  const { leaf, certificates } = await chain();
  const forged = await issue({ subject: name("forged"), issuer: leaf });
  await refuses([forged.der, ...certificates], /without being a CA/);
});

test("a CA needs a critical key usage with keyCertSign", async () => {
  const constraints = new BasicConstraintsExtension(true, undefined, true);
  for (const extensions of [
    [constraints],
    [constraints, new KeyUsagesExtension(KeyUsageFlags.cRLSign, true)],
    [constraints, new KeyUsagesExtension(KeyUsageFlags.keyCertSign, false)],
  ]) {
    await refusesChain({ intermediate: { extensions } }, /keyCertSign/);
  }
});

test("a path length is held to, for each CA by what is below it", async () => {
  assert.ok(await checkChain((await chain({ root: { extensions: caExtensions(1) } })).certificates));
  assert.ok(await checkChain((await chain({ intermediate: { extensions: caExtensions(0) } })).certificates));
  await refusesChain({ root: { extensions: caExtensions(0) } }, /intermediates/);
});

test("a signing certificate must not be a CA", async () => {
  const extensions = [...leafExtensions(), new BasicConstraintsExtension(true, undefined, true)];
  await refusesLeaf({ extensions }, /is a CA/);
});

test("a signing certificate needs a critical digitalSignature", async () => {
  await refusesLeaf({ extensions: [] }, /no critical key usage/);
  await refusesLeaf(
    { extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, false)] },
    /no critical/,
  );
  await refusesLeaf({ extensions: leafExtensions(KeyUsageFlags.nonRepudiation) }, /no digitalSignature/);
});

test("a signing certificate must not be for anything else", async () => {
  const { digitalSignature, nonRepudiation } = KeyUsageFlags;
  assert.ok(
    await checkChain([(await issue({ extensions: leafExtensions(digitalSignature | nonRepudiation) })).der]),
  );
  for (const flag of [
    KeyUsageFlags.keyEncipherment,
    KeyUsageFlags.dataEncipherment,
    KeyUsageFlags.keyAgreement,
    KeyUsageFlags.keyCertSign,
    KeyUsageFlags.cRLSign,
  ]) {
    await refusesLeaf(
      { extensions: leafExtensions(digitalSignature | flag) },
      /more than digital signatures/,
    );
  }
  const usage = new KeyUsagesExtension(digitalSignature, true);
  for (const purpose of [
    "2.5.29.37.0",
    "1.3.6.1.5.5.7.3.1",
    "1.3.6.1.5.5.7.3.2",
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.8",
  ]) {
    const extensions = [usage, new ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.3", purpose])];
    await refusesLeaf({ extensions }, /extended key usage/);
  }
});

test("an extension that appears twice is refused", async () => {
  const extensions = [...leafExtensions(), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)];
  await refusesLeaf({ extensions }, /twice/);
});

test("SHA-1 is refused anywhere in a chain", async () => {
  await refusesLeaf({ hash: "SHA-1" }, /SHA-1/);
  await refusesChain({ intermediate: { hash: "SHA-1" } }, /SHA-1/);
  await refusesChain({ root: { hash: "SHA-1" } }, /SHA-1/);
});

test("a chain of RSA certificates is accepted, with either padding", async () => {
  for (const kind of ["RSASSA-PKCS1-v1_5", "RSA-PSS"]) {
    const { certificates } = await chain({ root: { algorithm: rsa(2048, kind) } });
    assert.equal((await checkChain(certificates)).all.length, 3, kind);
  }
});

test("weak keys and other kinds of keys are refused", async () => {
  await refusesLeaf({ algorithm: rsa(1024) }, /its key is not/);
  await refusesChain({ intermediate: { algorithm: rsa(1024) } }, /weaker/);
  await refuses([(await issue({ algorithm: { name: "Ed25519" } })).der], /Ed25519/);
  await refusesChain({ leaf: { algorithm: { name: "Ed25519" } } }, /its key is not/);
});

test("bytes that are not one DER certificate are refused", async () => {
  const { der } = await issue({});
  await refuses([Buffer.concat([der, Buffer.from([0])])], /not one DER/);
  await refuses([Buffer.concat([der, der])], /not one DER/);
  await refuses([der.subarray(0, -1)], /cannot be parsed/);
  await refuses([Buffer.alloc(0)], /cannot be parsed/);
  await refuses([Buffer.from("-----BEGIN CERTIFICATE-----")], /cannot be parsed/);
  await refuses([Buffer.alloc(33 * 1024)], /larger/);
  // OpenSSL would read a PEM just as well.
  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`;
  await refuses([Buffer.from(pem)], /./);
});

test("damage to any byte of a certificate is refused by name, also where the library decodes late", async () => {
  const { der } = await issue({});
  for (let bit = 0; bit < 8; bit += 1) {
    for (let index = 0; index < der.length; index += 1) {
      const damaged = Uint8Array.from(der);
      damaged[index] = (damaged[index] ?? 0) ^ (1 << bit);
      await refuses([damaged], /./);
    }
  }
});

test("a lenient spelling of the signature on a certificate that a CA issued is refused", async () => {
  const { leaf, intermediate, root } = await chain();
  const der = Buffer.from(leaf.der);
  // The SEQUENCE of r and s begins after the BIT STRING's count of unused bits.
  const marker = der.lastIndexOf(Buffer.from("06082a8648ce3d040302", "hex")) + 10;
  assert.equal(der[marker], 0x03);
  const length = marker + 4;
  assert.equal(der[length - 1], 0x30);
  der[length] = (der[length] ?? 0) - 1;
  await refuses([der, intermediate.der, root.der], /signature/);
});
