import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { test, type TestContext } from "vitest";
import * as fc from "fast-check";
import { compactVerify } from "jose";
import {
  type AuthorizationExpectations,
  type AuthorizationRequest,
  checkAuthorization,
  createAuthorityIdentity,
  createNodeIdentity,
  type Ed25519Identity,
  issueAuthorization,
} from "../../runtime/authority/index.js";
import { digestOf } from "../../runtime/digest.js";
import type { RevocationLookup } from "../../runtime/trust/types.js";
import { temporaryHome } from "./temporary-home.js";

const now = Date.parse("2026-01-01T00:00:00Z");
const workload = "spiffe://example.org/workload/w";
const component = digestOf("component");
const policy = digestOf("policy");
const nothingRevoked: RevocationLookup = { find: () => undefined };

interface Stage {
  readonly issuer: Ed25519Identity;
  readonly node: Ed25519Identity;
  readonly token: string;
  readonly expected: AuthorizationExpectations;
  readonly issue: (changes: Partial<AuthorizationRequest>) => string;
  /** Signs any header and any payload text with the trusted issuer's key. */
  readonly forge: (header: object, payload: string) => string;
}

function stage(t: TestContext): Stage {
  const home = temporaryHome(t);
  const issuer = createAuthorityIdentity(home, { spiffeId: "spiffe://example.org/authority/a" });
  const node = createNodeIdentity(home, { spiffeId: "spiffe://example.org/node/one" });
  const request: AuthorizationRequest = {
    issuer,
    subject: workload,
    node,
    component,
    policy,
    zone: "eu-1",
    lifetimeSeconds: 600,
    now: new Date(now),
  };
  const expected: AuthorizationExpectations = {
    issuers: new Map([[issuer.keyId, issuer]]),
    revocations: nothingRevoked,
    subject: workload,
    node,
    component,
    policy,
    zone: "eu-1",
    now,
  };
  return {
    issuer,
    node,
    token: issueAuthorization(request),
    expected,
    issue: (changes) => issueAuthorization({ ...request, ...changes }),
    forge: (header, payload) => {
      const input = `${encode(JSON.stringify(header))}.${encode(payload)}`;
      return `${input}.${Buffer.from(issuer.signer.sign(Buffer.from(input))).toString("base64url")}`;
    },
  };
}

function revoking(kind: string, id: unknown): RevocationLookup {
  return {
    find: (askedKind, askedId) =>
      askedKind === kind && askedId === id
        ? { kind: askedKind, id: askedId, reason: "because", at: "2026-01-01T00:00:00Z" }
        : undefined,
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function part(token: string, index: number): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[index] ?? "", "base64url").toString()) as Record<
    string,
    unknown
  >;
}

function refused(token: string, expected: AuthorizationExpectations, code: string, detail?: RegExp): void {
  assert.throws(
    () => checkAuthorization(token, expected),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, code, error.message);
      if (detail !== undefined) assert.match(error.message, detail);
      return true;
    },
  );
}

test("an authorization for exactly this run is accepted, and says what it said", (t) => {
  const { token, expected, issuer } = stage(t);
  const authorization = checkAuthorization(token, expected);
  assert.deepEqual({ ...authorization.claims, cnf: { ...authorization.claims.cnf } }, part(token, 1));
  assert.equal(authorization.issuerKeyId, issuer.keyId);
  assert.equal(authorization.digest, digestOf(token));
  assert.equal(authorization.usableUntil, now + 605_000);
  assert.ok(Object.isFrozen(authorization) && Object.isFrozen(authorization.claims));
});

test("another implementation of JWS verifies what is issued", async (t) => {
  const { token, issuer } = stage(t);
  const { protectedHeader } = await compactVerify(token, issuer.publicKey, { algorithms: ["EdDSA"] });
  assert.deepEqual(protectedHeader, { alg: "EdDSA", typ: "wrun-authorization+jwt", kid: issuer.keyId });
});

test("each of two authorizations has its own id", (t) => {
  const { issue } = stage(t);
  assert.notEqual(part(issue({}), 1)["jti"], part(issue({}), 1)["jti"]);
});

for (const alg of ["none", "None", "HS256", "ES256", "RS256", "Ed448", "eddsa", ""]) {
  test(`alg ${JSON.stringify(alg)} is refused, though the signature is the issuer's own`, (t) => {
    const { token, expected, forge } = stage(t);
    const payload = JSON.stringify(part(token, 1));
    refused(forge({ ...part(token, 0), alg }, payload), expected, "AUTHORIZATION_MALFORMED", /alg/);
  });
}

test("alg none without a signature is refused", (t) => {
  const { token, expected } = stage(t);
  const [, payload = ""] = token.split(".");
  const header = encode(JSON.stringify({ ...part(token, 0), alg: "none" }));
  refused(`${header}.${payload}.`, expected, "AUTHORIZATION_MALFORMED");
  refused(`${token.split(".")[0] ?? ""}.${payload}.`, expected, "AUTHORIZATION_SIGNATURE_INVALID");
});

test("an HMAC with the public key as its secret is refused, whatever alg says", (t) => {
  const { token, expected, issuer } = stage(t);
  const secret = issuer.publicKey.export({ type: "spki", format: "pem" });
  for (const alg of ["HS256", "EdDSA"]) {
    const header = encode(JSON.stringify({ ...part(token, 0), alg }));
    const input = `${header}.${token.split(".")[1] ?? ""}`;
    for (const hash of ["sha256", "sha512"]) {
      const forged = `${input}.${createHmac(hash, secret).update(input).digest("base64url")}`;
      assert.throws(() => checkAuthorization(forged, expected), { name: "WrunError" });
    }
  }
});

test("an ES256 signature is refused even where a P-256 key was put among the issuers", (t) => {
  const { token, expected, issuer } = stage(t);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [header = "", payload = ""] = token.split(".");
  const signature = sign("sha256", Buffer.from(`${header}.${payload}`), {
    key: privateKey,
    dsaEncoding: "ieee-p1363",
  });
  const issuers = new Map([[issuer.keyId, { spiffeId: issuer.spiffeId, publicKey }]]);
  const forged = `${header}.${payload}.${signature.toString("base64url")}`;
  refused(forged, { ...expected, issuers }, "AUTHORIZATION_SIGNATURE_INVALID", /Ed25519/);
});

test("a token of another kind, signed by the same key, is refused", (t) => {
  const { token, expected, forge } = stage(t);
  const payload = JSON.stringify(part(token, 1));
  for (const typ of ["JWT", "wrun-revocations+jwt", "application/wrun-authorization+jwt", undefined]) {
    refused(forge({ ...part(token, 0), typ }, payload), expected, "AUTHORIZATION_MALFORMED", /typ/);
  }
});

test("headers that this code does not know are refused: crit, jwk, jku, x5c, b64", (t) => {
  const { token, expected, forge } = stage(t);
  const payload = JSON.stringify(part(token, 1));
  for (const extra of [
    { crit: ["exp"] },
    { crit: [] },
    { jwk: {} },
    { jku: "https://x" },
    { x5c: [] },
    { b64: false },
  ]) {
    refused(forge({ ...part(token, 0), ...extra }, payload), expected, "AUTHORIZATION_MALFORMED");
  }
});

test("a key that is not a trusted issuer's is refused", (t) => {
  const { token, expected } = stage(t);
  refused(token, { ...expected, issuers: new Map() }, "AUTHORIZATION_ISSUER_UNKNOWN");
});

test("an issuer's key cannot speak for another issuer", (t) => {
  const { token, expected, forge } = stage(t);
  const payload = JSON.stringify({ ...part(token, 1), iss: "spiffe://example.org/authority/b" });
  refused(forge(part(token, 0), payload), expected, "AUTHORIZATION_MISMATCH", /issuer/);
});

test("a signature by another key under the issuer's key id is refused", (t) => {
  const { token, expected } = stage(t);
  const { privateKey }: { privateKey: KeyObject } = generateKeyPairSync("ed25519");
  const input = token.slice(0, token.lastIndexOf("."));
  const forged = `${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}`;
  refused(forged, expected, "AUTHORIZATION_SIGNATURE_INVALID");
});

const other = digestOf("other");
const mismatches: readonly [string, Partial<AuthorizationExpectations>][] = [
  ["component", { component: other }],
  ["policy", { policy: other }],
  ["zone", { zone: "us-1" }],
  ["subject", { subject: "spiffe://example.org/workload/v" }],
];
for (const [claim, change] of mismatches) {
  test(`an authorization for another ${claim} is refused`, (t) => {
    const { token, expected } = stage(t);
    refused(token, { ...expected, ...change }, "AUTHORIZATION_MISMATCH", new RegExp(claim));
  });
}

test("an authorization for another node is refused, by name and by key", (t) => {
  const { token, expected, node } = stage(t);
  const renamed = { spiffeId: "spiffe://example.org/node/two", keyId: node.keyId };
  refused(token, { ...expected, node: renamed }, "AUTHORIZATION_MISMATCH", /audience/);
  const rekeyed = { spiffeId: node.spiffeId, keyId: other };
  refused(token, { ...expected, node: rekeyed }, "AUTHORIZATION_MISMATCH", /node key/);
});

test("an authorization holds from its first to its last second, with the skew and not beyond it", (t) => {
  const { token, expected } = stage(t);
  const at = (ms: number, skewSeconds: number) =>
    checkAuthorization(token, { ...expected, now: now + ms, skewSeconds });
  assert.ok(at(0, 0));
  assert.ok(at(599_999, 0));
  assert.ok(at(-5_000, 5));
  assert.ok(at(604_999, 5));
  assert.throws(() => at(-1, 0), { code: "AUTHORIZATION_NOT_YET_VALID" });
  assert.throws(() => at(-5_001, 5), { code: "AUTHORIZATION_NOT_YET_VALID" });
  assert.throws(() => at(600_000, 0), { code: "AUTHORIZATION_EXPIRED" });
  assert.throws(() => at(605_000, 5), { code: "AUTHORIZATION_EXPIRED" });
});

test("a skew of more than a minute, or one that is not a number, gains nothing", (t) => {
  const { token, expected } = stage(t);
  refused(token, { ...expected, now: now + 661_000, skewSeconds: 1e9 }, "AUTHORIZATION_EXPIRED");
  refused(token, { ...expected, skewSeconds: Number.NaN }, "AUTHORIZATION_NOT_YET_VALID");
  refused(token, { ...expected, now: Number.NaN }, "AUTHORIZATION_NOT_YET_VALID");
});

test("an authorization issued in the future is refused, though nbf has passed", (t) => {
  const { token, expected, forge } = stage(t);
  const payload = JSON.stringify({ ...part(token, 1), iat: now / 1000 + 60 });
  refused(forge(part(token, 0), payload), expected, "AUTHORIZATION_NOT_YET_VALID");
});

test("an authorization that lives too long is refused, and iat counts as well as nbf", (t) => {
  const { token, expected, forge, issue } = stage(t);
  refused(issue({ lifetimeSeconds: 86_401 }), expected, "AUTHORIZATION_LIFETIME_TOO_LONG");
  assert.ok(checkAuthorization(issue({ lifetimeSeconds: 86_400 }), expected));
  const early = JSON.stringify({ ...part(token, 1), iat: now / 1000 - 90_000 });
  refused(forge(part(token, 0), early), expected, "AUTHORIZATION_LIFETIME_TOO_LONG");
  refused(token, { ...expected, maxLifetimeSeconds: Number.NaN }, "AUTHORIZATION_LIFETIME_TOO_LONG");
});

test("a revoked authorization, a revoked issuer's key and a quarantined workload are refused", (t) => {
  const { token, expected, issuer } = stage(t);
  for (const revocations of [
    revoking("authorization", part(token, 1)["jti"]),
    revoking("node-key", issuer.keyId),
    revoking("workload", workload),
    revoking("workload", component),
  ]) {
    refused(token, { ...expected, revocations }, "AUTHORIZATION_REVOKED", /because/);
  }
});

test("a claim that is missing, unknown, or of another type is refused", (t) => {
  const { token, expected, forge } = stage(t);
  const claims = part(token, 1);
  const tryClaims = (changed: object) =>
    refused(forge(part(token, 0), JSON.stringify(changed)), expected, "AUTHORIZATION_MALFORMED");
  for (const name of Object.keys(claims)) {
    const { [name]: _, ...rest } = claims;
    tryClaims(rest);
    tryClaims({ ...claims, [name]: null });
    tryClaims({ ...claims, [name]: [claims[name]] });
  }
  tryClaims({ ...claims, admin: true });
  tryClaims({ ...claims, cnf: { kid: (claims["cnf"] as { kid: string }).kid, jwk: {} } });
  tryClaims({ ...claims, exp: String(claims["exp"]) });
  tryClaims({ ...claims, exp: 1e300 });
  tryClaims({ ...claims, nbf: -1 });
  tryClaims([]);
  refused(forge(part(token, 0), "null"), expected, "AUTHORIZATION_MALFORMED");
});

test("a key that appears twice in the payload is refused, the first or the last being right", (t) => {
  const { token, expected, forge } = stage(t);
  const text = JSON.stringify(part(token, 1));
  for (const duplicate of [`{"zone":"us-1",${text.slice(1)}`, `${text.slice(0, -1)},"zone":"eu-1"}`]) {
    refused(forge(part(token, 0), duplicate), expected, "AUTHORIZATION_MALFORMED", /duplicate/);
  }
  refused(forge(part(token, 0), ` ${text}`), expected, "AUTHORIZATION_MALFORMED");
  refused(
    forge(part(token, 0), `{"__proto__":{"zone":"eu-1"},${text.slice(1)}`),
    expected,
    "AUTHORIZATION_MALFORMED",
  );
});

test("a second spelling of the base64url is refused", (t) => {
  const { token, expected } = stage(t);
  const [header, payload, signature = ""] = token.split(".");
  for (const spelled of [`${signature}=`, `${signature}\n`, ` ${signature}`, signature.slice(0, -1)]) {
    refused(`${header ?? ""}.${payload ?? ""}.${spelled}`, expected, "AUTHORIZATION_SIGNATURE_INVALID");
  }
  // 64 bytes end in a character of which only two bits count.
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(signature.slice(-1));
  const twin = `${signature.slice(0, -1)}${alphabet.charAt(last ^ 1)}`;
  assert.deepEqual(Buffer.from(twin, "base64url"), Buffer.from(signature, "base64url"));
  refused(`${header ?? ""}.${payload ?? ""}.${twin}`, expected, "AUTHORIZATION_SIGNATURE_INVALID");
  refused(`${header ?? ""}=.${payload ?? ""}.${signature}`, expected, "AUTHORIZATION_MALFORMED");
});

test("a token of another shape is refused: garbage, too many parts, a huge one", (t) => {
  const { token, expected } = stage(t);
  for (const text of [
    "",
    ".",
    "..",
    "...",
    "a.b",
    `${token}.x`,
    "\0".repeat(100),
    token.replace(/\./g, " "),
  ]) {
    refused(text, expected, "AUTHORIZATION_MALFORMED");
  }
  refused(`${token}${"A".repeat(50_000_000)}`, expected, "AUTHORIZATION_MALFORMED", /longer/);
  refused(undefined as unknown as string, expected, "AUTHORIZATION_MALFORMED");
});

test("changing any one character of a token is noticed", (t) => {
  const { token, expected } = stage(t);
  fc.assert(
    fc.property(
      fc.nat(token.length - 1),
      fc.constantFrom("A", "Z", "a", "z", "0", "9", "-", "_", ".", "="),
      (at, character) => {
        fc.pre(token[at] !== character);
        const changed = `${token.slice(0, at)}${character}${token.slice(at + 1)}`;
        assert.throws(() => checkAuthorization(changed, expected), { name: "WrunError" });
      },
    ),
  );
});

test("an authorization that would be refused is not issued", (t) => {
  const { issue } = stage(t);
  for (const change of [
    { subject: "w" },
    { component: "sha256:0" },
    { policy: "" },
    { zone: "EU 1" },
    { lifetimeSeconds: 0 },
    { lifetimeSeconds: 1.5 },
    { node: { spiffeId: "node", keyId: other } },
    { now: new Date(Number.NaN) },
  ]) {
    assert.throws(() => issue(change), { code: "AUTHORIZATION_MALFORMED" }, JSON.stringify(change));
  }
});
