import { createPublicKey, type KeyObject } from "node:crypto";
import { type Digest, digestOf } from "../digest.js";

/**
 * SHA-256 of the SPKI DER. The key goes through JWK first, which has one form for a key, so that the same key with
 * a compressed point or other parameters cannot pass under a second id and escape its revocation.
 */
export function keyIdOf(publicKey: KeyObject): Digest {
  const key = createPublicKey({ key: publicKey.export({ format: "jwk" }), format: "jwk" });
  return digestOf(key.export({ type: "spki", format: "der" }));
}
