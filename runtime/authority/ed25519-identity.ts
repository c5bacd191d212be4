import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { WrunError } from "../errors/index.js";
import type { Home } from "./home.js";
import { identityPath, readIdentity, writeIdentity } from "./identity-folder.js";
import { keyIdOf } from "./key-id.js";
import { parseSpiffeId, type SpiffeId } from "./spiffe-id.js";
import type { Ed25519Identity, Ed25519Signer } from "./types.js";

export interface Ed25519IdentityOptions {
  /** Names the folder under the home; `default` if left out. */
  readonly name?: string;
  /** `spiffe://example.org/node/one`. */
  readonly spiffeId: string;
}

/** The identity of one machine: it signs lineage checkpoints and is the audience of authorizations. */
export function createNodeIdentity(home: Home, options: Ed25519IdentityOptions): Ed25519Identity {
  return create(home, "node", options);
}

/** Who signs what this machine did. Throws `IDENTITY_MISSING`, `IDENTITY_BROKEN`. */
export function loadNodeIdentity(home: Home, name = "default"): Ed25519Identity {
  return load(home, "node", name);
}

/** The identity of who grants: it signs authorizations, policies and revocations. It need not be on the node. */
export function createAuthorityIdentity(home: Home, options: Ed25519IdentityOptions): Ed25519Identity {
  return create(home, "authority", options);
}

/** Who grants and revokes in this home. Throws `IDENTITY_MISSING`, `IDENTITY_BROKEN`. */
export function loadAuthorityIdentity(home: Home, name = "default"): Ed25519Identity {
  return load(home, "authority", name);
}

function create(home: Home, kind: Ed25519Identity["kind"], options: Ed25519IdentityOptions): Ed25519Identity {
  const name = options.name ?? "default";
  const spiffeId = parseSpiffeId(options.spiffeId);
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  writeIdentity(home, kind, name, { spiffeId, key });
  return load(home, kind, name);
}

function load(home: Home, kind: Ed25519Identity["kind"], name: string): Ed25519Identity {
  const { spiffeId, key } = readIdentity(home, kind, name);
  const path = identityPath(home, kind, name);
  const privateKey = parseKey(kind, path, key);
  const publicKey = createPublicKey(privateKey);
  const signer = signerOf(privateKey, publicKey, spiffeId);
  return Object.freeze({ kind, name, spiffeId, keyId: signer.keyId, publicKey, signer });
}

function parseKey(kind: string, path: string, pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw new WrunError(
      "IDENTITY_BROKEN",
      { kind, path, reason: "key.pem is not a private key" },
      { cause: error },
    );
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new WrunError("IDENTITY_BROKEN", { kind, path, reason: "key.pem is not an Ed25519 key" });
  }
  return key;
}

function signerOf(privateKey: KeyObject, publicKey: KeyObject, spiffeId: SpiffeId): Ed25519Signer {
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  return Object.freeze({
    name: spiffeId.slice("spiffe://".length),
    publicKey: new Uint8Array(raw),
    keyId: keyIdOf(publicKey),
    sign: (bytes: Uint8Array) => new Uint8Array(sign(null, bytes, privateKey)),
  });
}
