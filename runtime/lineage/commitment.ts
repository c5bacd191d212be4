import { createCipheriv, createHash, createHmac, type Cipher, timingSafeEqual } from "node:crypto";
import { CborWriter } from "./cbor-writer.js";
import { encodeValue, type HandleOf } from "./value-encoding.js";

/** Length of a run's secret salt, in bytes. */
export const saltLength = 32;
/** Length of the salt of one commitment: enough that it cannot be guessed, and short, so that a small value is hashed
 * in one block. */
export const recordSaltLength = 16;

const domain = "wrun lineage commitment v2\n";

/** What a commitment of a record is made to. Each has a salt of its own. */
export type Committed = "arguments" | "result";

/**
 * The salts of a run's records: the key stream of AES-256 in counter mode under HMAC-SHA256(run's salt, domain), from
 * block 0. Record n has blocks 2n (for arguments) and 2n + 1 (for a result). Whoever is given one block can check that
 * one commitment; without the key it says nothing about any other block.
 */
export class RecordSalts {
  readonly #cipher: Cipher;
  #next: number;
  #salts = Buffer.alloc(0);
  #offset = 0;
  #batch = 16;

  /** @param first number of the first record that a salt is asked for; then they come in order */
  constructor(runSalt: Uint8Array, first: number) {
    const key = createHmac("sha256", runSalt).update(domain).digest();
    const counter = Buffer.alloc(16);
    counter.writeBigUInt64BE(BigInt(first) * 2n, 8);
    this.#cipher = createCipheriv("aes-256-ctr", key, counter);
    this.#next = first;
  }

  /** The salts of the next record, both in one: {@link bytes} holds them at the offset that is returned. */
  next(sequence: number): number {
    if (sequence !== this.#next++) throw new RangeError("salts are asked for out of order");
    this.#offset += 2 * recordSaltLength;
    if (this.#offset >= this.#salts.length) {
      this.#salts = this.#cipher.update(Buffer.alloc(this.#batch * 2 * recordSaltLength));
      this.#offset = 0;
      this.#batch = Math.min(this.#batch * 4, 1024);
    }
    return this.#offset;
  }

  get bytes(): Buffer {
    return this.#salts;
  }
}

/** The salt of one commitment of one record; see {@link RecordSalts}. */
export function recordSalt(runSalt: Uint8Array, sequence: number, of: Committed): Uint8Array {
  const salts = new RecordSalts(runSalt, sequence);
  const at = salts.next(sequence) + (of === "arguments" ? 0 : recordSaltLength);
  return Uint8Array.from(salts.bytes.subarray(at, at + recordSaltLength));
}

/**
 * Commitment to the arguments or the result of a host call: SHA-256(salt || deterministic CBOR of the values as an
 * array).
 *
 * @param runSalt the run's secret, {@link saltLength} bytes
 * @param sequence number of the record that will carry the commitment
 * @param values in jco's JavaScript mapping; a result is an array of one
 * @param handleOf the handle number of a host resource object; undefined for anything else
 * @returns 32 bytes. Throws `LINEAGE_VALUE_UNSUPPORTED` for something that no WIT value maps to.
 */
export function commitValues(
  runSalt: Uint8Array,
  sequence: number,
  of: Committed,
  values: readonly unknown[],
  handleOf: HandleOf,
): Uint8Array {
  return commit(recordSalt(runSalt, sequence, of), values, handleOf);
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
