import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import type { Ed25519Signer } from "../authority/types.js";
import {
  type JwsFault,
  parseJwsPart,
  signCompactJws,
  splitCompactJws,
  verifyCompactJws,
} from "../compact-jws.js";
import { type Digest, digestOf } from "../digest.js";
import { WrunError } from "../errors/index.js";
import type { RevocationEntry, RevocationKind, RevocationLookup } from "./types.js";

/** Who may sign the list, by key id (SHA-256 of the SPKI). Ed25519. */
export type RevocationKeys = ReadonlyMap<string, KeyObject>;

export interface RevocationContent {
  /** Grows with every change. */
  readonly epoch: number;
  /** RFC 3339, UTC, whole seconds. */
  readonly issued: string;
  readonly entries: readonly RevocationEntry[];
}

declare const checked: unique symbol;
let construct: (content: RevocationContent, digest: Digest) => RevocationList;

/** A list whose signature held. Whether it is the newest one is for `revocation-store.ts` to say. */
export class RevocationList implements RevocationLookup, RevocationContent {
  static {
    construct = (content, digest) => new RevocationList(content, digest);
  }
  declare readonly [checked]: true;
  readonly epoch: number;
  readonly issued: string;
  readonly entries: readonly RevocationEntry[];
  /** SHA-256 of the file's bytes. */
  readonly digest: Digest;
  readonly #index: ReadonlyMap<string, RevocationEntry>;

  private constructor(content: RevocationContent, digest: Digest) {
    this.epoch = content.epoch;
    this.issued = content.issued;
    this.entries = Object.freeze(content.entries.map((entry) => Object.freeze({ ...entry })));
    this.digest = digest;
    this.#index = new Map(this.entries.map((entry) => [keyOf(entry.kind, entry.id), entry]));
    Object.freeze(this);
  }

  find(kind: RevocationKind, id: string): RevocationEntry | undefined {
    return this.#index.get(keyOf(kind, id));
  }

  isRevoked(kind: RevocationKind, id: string): boolean {
    return this.find(kind, id) !== undefined;
  }
}

const listType = "wrun-revocations+jwt";
const sizeLimit = 8 * 1024 * 1024;
const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "is not a time such as 2026-01-31T12:00:00Z");
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "is not a sha256: digest");
const spiffeId = z
  .string()
  .regex(/^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/[a-zA-Z0-9._-]+)+$/, "is not a SPIFFE id");
const about = { reason: z.string().min(1).max(500), at: instant };

const entryForm = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.enum(["publisher-key", "node-key", "component", "policy"]),
    id: digest,
    ...about,
  }),
  z.strictObject({ kind: z.literal("authorization"), id: z.string().regex(/^[0-9a-f]{32}$/), ...about }),
  z.strictObject({ kind: z.literal("workload"), id: z.union([spiffeId, digest]), ...about }),
]);
const contentForm = z.strictObject({
  epoch: z.int().min(1),
  issued: instant,
  entries: z.array(entryForm),
});
const headerForm = z.strictObject({ alg: z.literal("EdDSA"), typ: z.literal(listType), kid: z.string() });

/**
 * The only way from a file's bytes to a {@link RevocationList}: a compact JWS (EdDSA) by one of the keys, in the one
 * encoding that {@link signRevocationList} produces. Throws `REVOCATIONS_INVALID`; `path` is for the message.
 */
export function checkRevocationList(path: string, bytes: Uint8Array, keys: RevocationKeys): RevocationList {
  if (bytes.length > sizeLimit) throw invalid(path, `it is larger than ${sizeLimit} bytes`);
  const fault: JwsFault = (reason, cause) => invalid(path, reason, cause);
  const jws = splitCompactJws(Buffer.from(bytes).toString("latin1"), fault);
  const { kid } = parseJwsPart(headerForm, jws, "header", fault);
  const key = keys.get(kid);
  if (key === undefined) throw invalid(path, `it is signed with the key ${kid}, which may not sign it`);
  verifyCompactJws(jws, key, (reason) => invalid(path, `its signature does not verify: ${reason}`));
  const content = parseJwsPart(contentForm, jws, "payload", fault);
  refuseRepeated(path, content.entries);
  return construct(content, digestOf(bytes));
}

/** Throws `REVOCATION_ENTRY_INVALID` for content that the check would refuse. */
export function signRevocationList(content: RevocationContent, signer: Ed25519Signer): Buffer {
  const result = contentForm.safeParse(content);
  if (!result.success) {
    const [issue] = result.error.issues;
    const reason = `${issue?.path.slice(2).join(".") ?? ""} ${issue?.message ?? "has another form"}`.trim();
    throw new WrunError("REVOCATION_ENTRY_INVALID", { reason });
  }
  const header = { alg: "EdDSA", typ: listType, kid: signer.keyId };
  return Buffer.from(signCompactJws(header, result.data, (input) => signer.sign(input)));
}

/** The key of one signer, for whoever has just the signer. */
export function keysOf(signer: Ed25519Signer): RevocationKeys {
  const x = Buffer.from(signer.publicKey).toString("base64url");
  return new Map([
    [signer.keyId, createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" })],
  ]);
}

function keyOf(kind: RevocationKind, id: string): string {
  return `${kind} ${id}`;
}

function refuseRepeated(path: string, entries: readonly RevocationEntry[]): void {
  const seen = new Set(entries.map(({ kind, id }) => keyOf(kind, id)));
  if (seen.size !== entries.length) throw invalid(path, "it names something twice");
}

function invalid(path: string, reason: string, cause?: unknown): WrunError {
  return new WrunError("REVOCATIONS_INVALID", { path, reason }, { cause });
}
