import { checkSalt, type InspectedRun } from "./inspect-run.js";
import { type Frame, readFrames } from "./frames.js";
import { decodeJsonBody } from "./json-body.js";
import { leafText, MerkleTree } from "./merkle.js";
import { paced } from "./paced.js";
import { headerLength } from "./record.js";
import { RecordRules } from "./record-rules.js";
import { sha256Text } from "./sha256.js";
import type { JsonValue, RunId } from "./types.js";

/** What this process knows of a run that it has written: how many records, and the hash of the last one (32 bytes). */
export interface WrittenRun {
  readonly records: number;
  readonly head: Uint8Array;
}

/**
 * Reads a run again that this process has written. Each record holds the hash of the one before it, so that where the last
 * one's hash is the one that was written, all of them are what was written, byte for byte, and need not be understood
 * again. Undefined where it is anything else; `inspectRun` says what.
 */
export async function recheckRun(
  folder: string,
  runId: RunId,
  written: WrittenRun,
): Promise<InspectedRun | undefined> {
  const tree = new MerkleTree();
  const hashOfNone = "\0".repeat(32);
  let head = hashOfNone;
  let headFrame = { segment: 0, offset: 0 };
  let saltDigest: JsonValue | undefined;
  let chained = true;
  const end = await paced(readFrames(folder, runId), ({ payload, segment, offset }: Frame) => {
    if (head === hashOfNone) saltDigest = decodeJsonBody(payload.subarray(headerLength))["salt"];
    chained &&= payload.toString("binary", headerLength - 32, headerLength) === head;
    head = sha256Text(payload);
    headFrame = { segment, offset };
    tree.appendText(leafText(payload));
  });
  const { kind } = end;
  const headBytes = Buffer.from(head, "binary");
  if (kind !== "clean" || !chained || tree.size !== written.records || !headBytes.equals(written.head))
    return undefined;
  return {
    end: { ...end, kind, rules: RecordRules.after(written.records, headBytes) },
    tree,
    salt: checkSalt(folder, runId, saltDigest),
    position: {
      segment: end.segment,
      offset: end.offset,
      sequence: written.records,
      head: headBytes,
      headFrame,
    },
  };
}
