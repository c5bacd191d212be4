import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { crc32c } from "../../runtime/lineage/crc32c.js";
import type { RunId } from "../../runtime/lineage/index.js";
import { segmentsOf } from "./sample-run.js";

/** What an attacker does who can write the files and knows the format, but has no node key. */

export function readPayloads(folder: string, runId: RunId): Buffer[] {
  return segmentsOf(folder, runId).flatMap((name) => splitFrames(fs.readFileSync(join(folder, runId, name))));
}

export function splitFrames(segment: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < segment.length; ) {
    const length = segment.readUInt32BE(at);
    payloads.push(Buffer.from(segment.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
  return payloads;
}

export function frame(payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(payload.length, 0);
  head.writeUInt32BE(crc32c(payload), 4);
  return Buffer.concat([head, payload]);
}

/** Replaces the run's segments by one that holds these records, with right checksums. */
export function writePayloads(folder: string, runId: RunId, payloads: readonly Buffer[]): void {
  for (const name of segmentsOf(folder, runId)) fs.rmSync(join(folder, runId, name));
  fs.writeFileSync(join(folder, runId, "000000.seg"), Buffer.concat(payloads.map(frame)));
}

/** Numbers the records anew, chains them, and mends the seal. */
export function rechain(payloads: readonly Buffer[]): Buffer[] {
  const chained: Buffer[] = [];
  let head: Buffer = Buffer.alloc(32);
  for (const [index, original] of payloads.entries()) {
    let payload = Buffer.from(original);
    payload.writeBigUInt64BE(BigInt(index), 18);
    head.copy(payload, 34);
    if (payload[1] === 8) {
      const seal: object = JSON.parse(payload.subarray(66).toString());
      const mended = JSON.stringify({ head: head.toString("hex"), reason: "returned", records: index });
      if (Object.keys(seal).length !== 3) throw new Error("the seal has other fields than this forger knows");
      payload = Buffer.concat([payload.subarray(0, 66), Buffer.from(mended)]);
    }
    chained.push(payload);
    head = createHash("sha256").update(payload).digest();
  }
  return chained;
}
