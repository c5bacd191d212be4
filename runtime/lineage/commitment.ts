import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { CborWriter } from "./cbor-writer.js";
import { encodeValue, type HandleOf } from "./value-encoding.js";

/** Length of a run's secret salt and of the salt of a record, in bytes. */
export const saltLength = 32;

const domain = "wrun lineage commitment v1\n";

/**
 * The salt of one record. Whoever is given it, with the values, can check that record's commitment and no other
 * one's: HMAC-SHA256(run's salt, domain || sequence as 8 bytes, big-endian).
 */
export function recordSalt(runSalt: Uint8Array, sequence: number): Uint8Array {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(sequence));
  return createHmac("sha256", runSalt).update(domain).update(number).digest();
}

/**
 * Commitment to the arguments or results of a host call: SHA-256(record's salt || deterministic CBOR of the values
 * as an array).
 *
 * @param runSalt the run's secret, {@link saltLength} bytes
 * @param sequence number of the record that will carry the commitment
 * @param values in jco's JavaScript mapping
 * @param handleOf the handle number of a host resource object; undefined for anything else
 * @returns 32 bytes. Throws `LINEAGE_VALUE_UNSUPPORTED` for something that no WIT value maps to.
 */
export function commitValues(
  runSalt: Uint8Array,
  sequence: number,
  values: readonly unknown[],
  handleOf: HandleOf,
): Uint8Array {
  return commit(recordSalt(runSalt, sequence), values, handleOf);
}

/** Whether disclosed values are the ones that a record's commitment was made for. */
export function opensCommitment(
  commitment: Uint8Array,
  salt: Uint8Array,
  values: readonly unknown[],
  handleOf: HandleOf,
): boolean {
  const made = commit(salt, values, handleOf);
  return made.length === commitment.length && timingSafeEqual(made, commitment);
}

function commit(salt: Uint8Array, values: readonly unknown[], handleOf: HandleOf): Uint8Array {
  const hash = createHash("sha256").update(salt);
  const out = new CborWriter((chunk) => void hash.update(chunk));
  encodeValue(out, values, handleOf);
  out.finish();
  return hash.digest();
}
