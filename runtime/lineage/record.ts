import type { RecordKind, RunId } from "./types.js";

/** Version of the record format; a reader refuses every other one. */
const version = 2;
export const headerLength = 66;
/** Longest payload, header included. What a guest can make long (values) is hashed, not stored. */
export const longestPayload = 1024 * 1024;

/** Kinds by their number in the record. Numbers are never used again for something else. */
const kinds: readonly RecordKind[] = [
  "genesis",
  "authorization",
  "intent",
  "outcome",
  "trust-change",
  "enforcement",
  "recovery",
  "seal",
  "call",
];

export interface RecordHeader {
  readonly kind: RecordKind;
  readonly runId: RunId;
  readonly sequence: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** 32 bytes. */
  readonly previous: Uint8Array;
}

/**
 * The 66 bytes before a record's body, for one record of a run after the other; docs/lineage.md draws them. What stays the
 * same from one to the next is not written again.
 */
export class HeaderWriter {
  readonly #header = Buffer.alloc(headerLength);
  readonly #view = new DataView(this.#header.buffer, this.#header.byteOffset, headerLength);

  constructor(runId: RunId, previous: Uint8Array) {
    this.#header.writeUInt8(version, 0);
    this.#header.write(runId, 2, 16, "hex");
    this.#header.set(previous, 34);
  }

  /** Wall clock of the records that follow, in milliseconds since the epoch. */
  setTime(ms: number): void {
    this.#view.setBigUint64(26, BigInt(ms) * 1_000_000n);
  }

  write(to: Uint8Array, at: number, kind: RecordKind, sequence: number): void {
    this.#view.setUint8(1, kinds.indexOf(kind) + 1);
    this.#view.setUint32(18, Math.floor(sequence / 2 ** 32));
    this.#view.setUint32(22, sequence >>> 0);
    to.set(this.#header, at);
  }

  /** @param hash of the record that was written, as `sha256Text` makes it */
  chain(hash: string): void {
    this.#header.write(hash, 34, 32, "latin1");
  }

  /** Hash of the record before the next one: 32 bytes. */
  get previous(): Uint8Array {
    return Buffer.from(this.#header.subarray(34));
  }
}

/** Reads a header from a payload of at least {@link headerLength} bytes; a string says why it is refused. */
export function readHeader(payload: Buffer): RecordHeader | string {
  if (payload[0] !== version) return `the record's version is ${payload[0]}, not ${version}`;
  const kind = kinds[(payload[1] ?? 0) - 1];
  if (kind === undefined) return `the record's kind ${payload[1]} is unknown`;
  const sequence = payload.readBigUInt64BE(18);
  if (sequence > BigInt(Number.MAX_SAFE_INTEGER)) return `the sequence number ${sequence} is out of range`;
  return {
    kind,
    runId: payload.toString("hex", 2, 18) as RunId,
    sequence: Number(sequence),
    time: payload.readBigUInt64BE(26),
    previous: Uint8Array.from(payload.subarray(34, headerLength)),
  };
}
