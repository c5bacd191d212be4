import { createPublicKey, hash as hashOnce, type KeyObject, verify } from "node:crypto";
import { decodeBase64 } from "./base64.js";
import type { LineageSigner, NodeKey } from "./types.js";

/** Signed notes of C2SP (c2sp.org/signed-note), with Ed25519 keys. */

/** Signature type byte of Ed25519. */
const ed25519 = 1;
const keyIdLength = 4;
const publicKeyLength = 32;

/** The text with its last newline, and the names of the keys that signed it; or why the note is refused. */
type OpenedNote =
  | { readonly text: string; readonly signers: readonly string[] }
  | { readonly refused: string };

/** Whether a name can be that of a key: not empty, no Unicode space, no plus, no control character. */
export function isKeyName(name: string): boolean {
  return name !== "" && !/[\s+\p{White_Space}\p{Cc}\p{Surrogate}]/u.test(name);
}

/** SHA-256(name || 0x0A || 0x01 || public key), its first four bytes. */
export function keyId({ name, publicKey }: NodeKey): Buffer {
  const text = Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ed25519), publicKey]);
  return hashOnce("sha256", text, "buffer").subarray(0, keyIdLength);
}

/** @param text ends in a newline and has no other control character */
export function signNote(text: string, signer: LineageSigner): string {
  const signature = Buffer.concat([keyId(signer), signer.sign(Buffer.from(text, "utf8"))]);
  return `${text}\n\u2014 ${signer.name} ${signature.toString("base64")}\n`;
}

/**
 * Checks a note against the keys that the caller trusts. Signatures by other keys are ignored, as the standard
 * says; one by a known key that does not verify refuses the note.
 */
export function openNote(note: Uint8Array, keys: readonly NodeKey[]): OpenedNote {
  const parts = splitNote(note);
  if (typeof parts === "string") return { refused: parts };
  const signers: string[] = [];
  for (const line of parts.signatures) {
    const signature = parseSignature(line);
    if (signature === undefined) return { refused: "a signature line is malformed" };
    const known = keys.find((key) => key.name === signature.name && keyId(key).equals(signature.id));
    if (known === undefined) continue;
    if (!verify(null, Buffer.from(parts.text, "utf8"), publicKeyOf(known), signature.bytes)) {
      return { refused: `the signature of ${known.name} does not verify` };
    }
    signers.push(known.name);
  }
  if (signers.length === 0) return { refused: "it is not signed by a key that is pinned" };
  return { text: parts.text, signers };
}

/** A key as text, `name+id+key`, the form in which verifiers pin it. */
export function formatVerifierKey(key: NodeKey): string {
  const material = Buffer.concat([Buffer.of(ed25519), key.publicKey]);
  return `${key.name}+${keyId(key).toString("hex")}+${material.toString("base64")}`;
}

/** Undefined for what is not an Ed25519 verifier key, or whose id is not that of its key. */
export function parseVerifierKey(text: string): NodeKey | undefined {
  const [name = "", id = "", encoded = "", ...more] = text.split("+", 2).concat(restAfter(text));
  const material = decodeBase64(encoded);
  if (more.length > 0 || !isKeyName(name) || material?.length !== 1 + publicKeyLength) return undefined;
  const key = { name, publicKey: Uint8Array.from(material.subarray(1)) };
  return material[0] === ed25519 && keyId(key).toString("hex") === id ? key : undefined;
}

/** What follows the second plus; base64 may hold further ones. */
function restAfter(text: string): string {
  return text.split("+").slice(2).join("+");
}

function splitNote(note: Uint8Array): { text: string; signatures: readonly string[] } | string {
  let whole: string;
  try {
    whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(note);
  } catch {
    return "it is not UTF-8";
  }
  // oxlint-disable-next-line no-control-regex -- the standard forbids exactly these
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) return "it holds control characters";
  const gap = whole.lastIndexOf("\n\n");
  if (gap === -1 || !whole.endsWith("\n")) return "it has no signatures";
  const signatures = whole.slice(gap + 2, -1).split("\n");
  return { text: whole.slice(0, gap + 1), signatures };
}

interface Signature {
  readonly name: string;
  readonly id: Buffer;
  readonly bytes: Buffer;
}

function parseSignature(line: string): Signature | undefined {
  const [dash, name = "", encoded = "", ...more] = line.split(" ");
  const bytes = decodeBase64(encoded);
  if (dash !== "\u2014" || more.length > 0 || !isKeyName(name)) return undefined;
  if (bytes === undefined || bytes.length <= keyIdLength) return undefined;
  return { name, id: bytes.subarray(0, keyIdLength), bytes: bytes.subarray(keyIdLength) };
}

function publicKeyOf({ publicKey }: NodeKey): KeyObject {
  const x = Buffer.from(publicKey).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}
