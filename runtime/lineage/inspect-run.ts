import { join } from "node:path";
import { digestOf } from "../digest.js";
import { saltLength } from "./commitment.js";
import type { JournalPosition } from "./journal.js";
import { MerkleTree } from "./merkle.js";
import { paced } from "./paced.js";
import { broken, type RunEnd, walkRun } from "./read-run.js";
import { readSmallFile, runFolder, saltName } from "./run-folder.js";
import type { JsonValue, RunId, StoredRecord } from "./types.js";

/** A run as its files say, every record checked. */
export interface InspectedRun {
  readonly end: RunEnd;
  readonly tree: MerkleTree;
  /** Where a journal would go on, once a torn tail is cut. */
  readonly position: JournalPosition;
  /** The run's secret; undefined where it was deleted. */
  readonly salt: Uint8Array | undefined;
}

/**
 * Reads a whole run. Throws what `readRun` throws, but leaves a torn tail to the caller.
 * @param each called with each record, and the tree with that record in it
 */
export async function inspectRun(
  folder: string,
  runId: RunId,
  each?: (record: StoredRecord, tree: MerkleTree) => void,
): Promise<InspectedRun> {
  const tree = new MerkleTree();
  let saltDigest: JsonValue | undefined;
  let headFrame = { segment: 0, offset: 0 };
  const end = await paced(walkRun(folder, runId), (record) => {
    tree.append(record.leaf);
    if (record.kind === "genesis") saltDigest = record.body["salt"];
    headFrame = { segment: Number.parseInt(record.file, 10), offset: record.offset };
    each?.(record, tree);
  });
  const salt = checkSalt(folder, runId, saltDigest);
  const { segment, offset, rules } = end;
  return {
    end,
    tree,
    salt,
    position: { segment, offset, sequence: rules.next, head: rules.head, headFrame },
  };
}

/** The run's salt, undefined where it was deleted. Throws `LINEAGE_BROKEN` where it is another one. */
export function checkSalt(
  folder: string,
  runId: RunId,
  digest: JsonValue | undefined,
): Uint8Array | undefined {
  const salt = readSmallFile(join(runFolder(folder, runId), saltName), saltLength);
  if (salt !== undefined && digestOf(salt) !== digest) {
    throw broken(runId, {
      file: saltName,
      offset: 0,
      sequence: 0,
      reason: "the salt is not the one that genesis names",
    });
  }
  return salt;
}
