import { type KeyObject, verify } from "node:crypto";
import type { z } from "zod";

/*
 * Compact JWS (RFC 7515) with Ed25519 (EdDSA of RFC 8037), in the one encoding that `signCompactJws` produces. An attacker
 * controls all of the text. Nothing in it chooses a key or an algorithm: that is for the caller, who looks `kid` up among
 * the keys that it trusts, and takes one value of `alg`.
 */

/** The three parts, as they stand in the text: nothing of them has been decoded. */
export interface CompactJws {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** Makes the caller's own error of what is wrong. */
export type JwsFault = (reason: string, cause?: unknown) => Error;

export function splitCompactJws(text: string, fault: JwsFault): CompactJws {
  const [header, payload, signature, ...rest] = text.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw fault("it is not a compact JWS");
  }
  return { header, payload, signature };
}

/**
 * Requires canonical base64url, and JSON that serialises back to the same bytes. That refuses duplicate keys, which two
 * parsers could read differently, without a parser of our own.
 */
export function parseJwsPart<Form extends z.ZodType>(
  form: Form,
  jws: CompactJws,
  what: "header" | "payload",
  fault: JwsFault,
): z.output<Form> {
  const bytes = decode(jws[what]);
  if (bytes === undefined) throw fault(`its ${what} is not base64url`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw fault(`its ${what} is not JSON`, error);
  }
  // Bytes and not text are compared: what is no UTF-8 would decode to the same text as something that is.
  if (!bytes.equals(Buffer.from(JSON.stringify(value))))
    throw fault(`its ${what} has duplicate keys or another unusual spelling`);
  const result = form.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw fault(`its ${what}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "has another form"}`);
}

/** Throws unless the signature is this Ed25519 key's over header and payload. */
export function verifyCompactJws(jws: CompactJws, key: KeyObject, fault: JwsFault): void {
  const signature = decode(jws.signature);
  if (signature?.length !== 64) throw fault("it is not 64 bytes of base64url");
  if (key.asymmetricKeyType !== "ed25519") throw fault("the signer's key is not an Ed25519 key");
  if (!verify(null, Buffer.from(`${jws.header}.${jws.payload}`), key, signature))
    throw fault("what is signed was changed, or signed by another key");
}

/** `sign` makes an Ed25519 signature, 64 bytes. */
export function signCompactJws(
  header: Readonly<Record<string, string>>,
  payload: object,
  sign: (input: Uint8Array) => Uint8Array,
): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${Buffer.from(sign(Buffer.from(input))).toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, "base64url");
  return bytes.toString("base64url") === part ? bytes : undefined;
}
