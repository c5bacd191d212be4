// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs this polyfill loaded before it
import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "vitest";
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type X509Certificate,
} from "@peculiar/x509";
import type { HttpGrant } from "../../../host-interfaces/http/index.js";
import { openClient } from "./client.js";
import { startServer } from "./loopback-server.js";

// The I/O thread inherits the environment: this must not turn its checks off.
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";

const name = "a.127-0-0-1.test";
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function newAuthority() {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const root = await X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=test root",
      keys,
      signingAlgorithm: algorithm,
      extensions: [new BasicConstraintsExtension(true)],
    },
    webcrypto,
  );
  return { root, signingKey: keys.privateKey };
}

async function issue(authority: { root: X509Certificate; signingKey: webcrypto.CryptoKey }) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create(
    {
      subject: `CN=${name}`,
      issuer: authority.root.subject,
      publicKey: keys.publicKey,
      signingKey: authority.signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new SubjectAlternativeNameExtension([
          { type: "dns", value: name },
          { type: "ip", value: "127.0.0.1" },
        ]),
      ],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    cert: certificate.toString("pem"),
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
  };
}

test("over TLS, a server is who its certificate says it is, and nobody else", async (t) => {
  const authority = await newAuthority();
  const server = await startServer(t, await issue(authority));
  const grant: HttpGrant = {
    methods: ["GET"],
    scheme: "https",
    hosts: ["*.test", "127.0.0.1"],
    ports: [server.port],
    paths: ["/v1/"],
    addresses: ["loopback"],
  };
  const wanted = { scheme: "HTTPS", authority: `${name}:${server.port}` } as const;
  const client = await openClient([grant], [], { trustedCertificates: authority.root.toString("pem") });
  assert.equal(client.fetch(wanted).body, "hello");
  assert.equal(client.fetch({ ...wanted, authority: `127.0.0.1:${server.port}` }).body, "hello");
  // The same server and address under a name that its certificate does not have.
  const mismatch = client.failure({ ...wanted, authority: `b.127-0-0-1.test:${server.port}` });
  assert.deepEqual(mismatch, { tag: "TLS-certificate-error" });

  const untrusting = await openClient([grant]);
  assert.deepEqual(untrusting.failure(wanted), { tag: "TLS-certificate-error" });
  const stranger = await newAuthority();
  const misled = await openClient([grant], [], { trustedCertificates: stranger.root.toString("pem") });
  assert.deepEqual(misled.failure(wanted), { tag: "TLS-certificate-error" });
  // Not even the head of a request has left for a server that is not verified.
  assert.equal((await server.seen()).filter(({ method }) => method === "GET").length, 2);
});

test("a plain server is no TLS server", async (t) => {
  const server = await startServer(t);
  const client = await openClient([
    { methods: ["GET"], scheme: ["http", "https"], hosts: ["127.0.0.1"], ports: [server.port], paths: ["/"] },
  ]);
  const failure = client.failure({ scheme: "HTTPS", authority: `127.0.0.1:${server.port}` });
  assert.match((failure as { tag: string }).tag, /^(TLS-protocol-error|connection-terminated)$/);
});
