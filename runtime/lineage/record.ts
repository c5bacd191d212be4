import type { RecordKind, RunId } from "./types.js";

/** Version of the record format; a reader refuses every other one. */
const version = 1;
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

/** Writes the 66 bytes before a record's body; docs/lineage.md draws them. */
export function writeHeader(to: Buffer, at: number, header: RecordHeader): void {
  to.writeUInt8(version, at);
  to.writeUInt8(kinds.indexOf(header.kind) + 1, at + 1);
  to.write(header.runId, at + 2, 16, "hex");
  to.writeBigUInt64BE(BigInt(header.sequence), at + 18);
  to.writeBigUInt64BE(header.time, at + 26);
  to.set(header.previous, at + 34);
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
