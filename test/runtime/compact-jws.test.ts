import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, it } from "vitest";
import { compactVerify } from "jose";
import { z } from "zod";
import {
  parseJwsPart,
  signCompactJws,
  splitCompactJws,
  verifyCompactJws,
} from "../../runtime/compact-jws.js";

const fault = (reason: string): Error => new Error(reason);
const base64url = (text: string): string => Buffer.from(text).toString("base64url");

/** RFC 8037, A.4, and the public key of A.2. */
const vector =
  "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
  "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
const vectorKey = createPublicKey({
  key: { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
  format: "jwk",
});

describe("a compact JWS", () => {
  it("verifies as RFC 8037 has it, and not with one bit changed anywhere", () => {
    const jws = splitCompactJws(vector, fault);
    verifyCompactJws(jws, vectorKey, fault);
    assert.deepEqual(parseJwsPart(z.strictObject({ alg: z.string() }), jws, "header", fault), {
      alg: "EdDSA",
    });
    for (const part of ["header", "payload", "signature"] as const) {
      const bytes = Buffer.from(jws[part], "base64url");
      for (let index = 0; index < bytes.length; index += 1) {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] ?? 0) ^ 1;
        const forged = { ...jws, [part]: changed.toString("base64url") };
        assert.throws(() => verifyCompactJws(forged, vectorKey, fault), /was changed/, `${part} ${index}`);
      }
    }
  });

  it("is signed in a form that another implementation verifies", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const text = signCompactJws({ alg: "EdDSA", typ: "x" }, { a: 1 }, (input) =>
      sign(null, input, privateKey),
    );
    const { payload } = await compactVerify(text, publicKey, { algorithms: ["EdDSA"] });
    assert.equal(Buffer.from(payload).toString(), '{"a":1}');
    verifyCompactJws(splitCompactJws(text, fault), publicKey, fault);
  });

  it("has three parts", () => {
    for (const text of ["", "a", "a.b", "a.b.c.d", `${vector}.`])
      assert.throws(() => splitCompactJws(text, fault), /not a compact JWS/, text);
  });

  it("has a signature of 64 bytes in its one spelling, by an Ed25519 key", () => {
    const jws = splitCompactJws(vector, fault);
    const spelt = [
      jws.signature.slice(0, -2),
      `${jws.signature}A`,
      `${jws.signature}==`,
      "",
      jws.signature.replace("_", "/"),
    ];
    // The last of 86 characters carries four bits that belong to no byte.
    spelt.push(`${jws.signature.slice(0, -1)}h`);
    for (const signature of spelt)
      assert.throws(
        () => verifyCompactJws({ ...jws, signature }, vectorKey, fault),
        /not 64 bytes/,
        signature,
      );
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    assert.throws(() => verifyCompactJws(jws, other, fault), /not an Ed25519 key/);
  });

  it("has parts that are JSON in its one spelling, and of the form that is asked for", () => {
    const form = z.strictObject({ a: z.number() });
    const payloadOf = (payload: string) =>
      parseJwsPart(form, { header: "", payload, signature: "" }, "payload", fault);
    assert.deepEqual(payloadOf(base64url('{"a":1}')), { a: 1 });
    for (const [payload, reason] of [
      [`${base64url('{"a":1}')}=`, /its payload is not base64url/],
      [base64url('{"a":1'), /its payload is not JSON/],
      [base64url(""), /not JSON/],
      [base64url('{"a":2,"a":1}'), /duplicate keys/],
      [base64url('{"a": 1}'), /unusual spelling/],
      [base64url('{"a":1.0}'), /unusual spelling/],
      [base64url('{"\\u0061":1}'), /unusual spelling/],
      [base64url('\ufeff{"a":1}'), /not JSON/],
      [Buffer.from([0x22, 0xff, 0x22]).toString("base64url"), /unusual spelling/],
      [base64url('{"a":"1"}'), /its payload: a /],
      [base64url('{"a":1,"b":2}'), /its payload:/],
    ] as const)
      assert.throws(() => payloadOf(payload), reason, payload);
  });
});
