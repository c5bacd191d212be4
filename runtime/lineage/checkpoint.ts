import * as fs from "node:fs";
import { join } from "node:path";
import { WrunError } from "../errors/index.js";
import { replaceFile, syncFolder } from "../files/index.js";
import { decodeBase64 } from "./base64.js";
import type { MerkleTree } from "./merkle.js";
import { checkpointName, headName, lastHeadName, readSmallFile, runFolder, writing } from "./run-folder.js";
import { isKeyName, openNote, signNote } from "./signed-note.js";
import type { LineageSigner, NodeKey, RunId } from "./types.js";

/** Longest checkpoint that is read: room for sixteen signatures of any kind, which the standard asks for. */
export const longestCheckpoint = 128 * 1024;

/** A tree head as C2SP tlog-checkpoint writes it, and who signed it. */
export interface Checkpoint {
  readonly origin: string;
  /** Number of records. */
  readonly size: number;
  /** Root of the RFC 6962 tree over the records' payloads: 32 bytes. */
  readonly root: Uint8Array;
  readonly signer: string;
}

/** A checkpoint that was read from a run's folder, and the name of its file there. */
export interface SignedHead extends Checkpoint {
  readonly file: string;
}

/** One node key signs the heads of many runs, so that the origin is the node's name and the run. */
function checkpointOrigin(nodeName: string, runId: RunId): string {
  return `${nodeName}/runs/${runId}`;
}

/**
 * Signs a sealed run and puts that beside the segments, in place of the heads that were signed while it ran. Throws
 * `LINEAGE_SIGNING_FAILED`, `LINEAGE_WRITE_FAILED`.
 */
export function writeCheckpoint(folder: string, runId: RunId, tree: MerkleTree, signer: LineageSigner): void {
  const note = signHead(runId, tree, signer);
  const run = runFolder(folder, runId);
  writing(run, () => {
    replaceFile(join(run, checkpointName), note);
    fs.rmSync(join(run, headName), { force: true });
  });
}

/**
 * Says of a run that is sealed and not signed as a whole that no head will come any more. Throws `LINEAGE_WRITE_FAILED`.
 * @param note a head that takes the place of the one that is there
 */
export function keepLastHead(folder: string, runId: RunId, note?: Uint8Array): void {
  const run = runFolder(folder, runId);
  writing(run, () => {
    if (note !== undefined) replaceFile(join(run, headName), note);
    fs.renameSync(join(run, headName), join(run, lastHeadName));
    syncFolder(run);
  });
}

/**
 * The newest tree head that one of the keys signed while the run was written: its checkpoint, or the last head before that
 * one. Undefined where there is none. Throws `LINEAGE_CHECKPOINT_INVALID`, `FILE_UNREADABLE`.
 */
export function readNewestHead(
  folder: string,
  runId: RunId,
  keys: readonly NodeKey[],
): SignedHead | undefined {
  // Looked for once more, since the checkpoint may have taken the head's place in between.
  for (const file of [checkpointName, headName, lastHeadName, checkpointName]) {
    const note = readSmallFile(join(runFolder(folder, runId), file), longestCheckpoint);
    if (note !== undefined) return { ...readCheckpoint(note, runId, keys), file };
  }
  return undefined;
}

/** Throws `LINEAGE_CHECKPOINT_INVALID` for what is not the head of this run, signed by one of the keys. */
export function readCheckpoint(note: Uint8Array, runId: RunId, keys: readonly NodeKey[]): Checkpoint {
  const refuse = (reason: string): WrunError => {
    return new WrunError("LINEAGE_CHECKPOINT_INVALID", { origin: `run ${runId}`, reason });
  };
  const opened = openNote(note, keys);
  if ("refused" in opened) throw refuse(opened.refused);
  const [origin = "", size = "", encodedRoot = "", ...extensions] = opened.text.slice(0, -1).split("\n");
  const root = decodeBase64(encodedRoot);
  if (!/^(0|[1-9][0-9]{0,14})$/.test(size)) throw refuse("its size is not a number");
  if (root?.length !== 32) throw refuse("its root is not a SHA-256 hash");
  if (extensions.includes("")) throw refuse("it has an empty line");
  const signer = opened.signers.find((name) => origin === checkpointOrigin(name, runId));
  if (signer === undefined)
    throw refuse(`it is of '${origin}', which is not this run on the node that signed`);
  return { origin, size: Number(size), root, signer };
}

/** What a checkpoint says of its size, without a check; undefined where it says nothing. */
export function claimedSize(note: Uint8Array): number | undefined {
  const size = Buffer.from(note).toString("utf8").split("\n")[1] ?? "";
  return /^[1-9][0-9]{0,14}$/.test(size) ? Number(size) : undefined;
}

/** A checkpoint over all records that are in the tree. Throws `LINEAGE_SIGNING_FAILED`. */
export function signHead(runId: RunId, tree: MerkleTree, signer: LineageSigner): Uint8Array {
  const refuse = (reason: string, cause?: unknown): WrunError => {
    return new WrunError("LINEAGE_SIGNING_FAILED", { run: runId, reason }, { cause });
  };
  if (!isKeyName(signer.name)) throw refuse(`'${signer.name}' cannot be the name of a key`);
  const text = `${checkpointOrigin(signer.name, runId)}\n${tree.size}\n${tree.root().toString("base64")}\n`;
  let note: Uint8Array;
  try {
    note = Buffer.from(signNote(text, signer), "utf8");
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error);
  }
  // A signature that nobody can verify must not take the place of one that can be made later.
  const opened = openNote(note, [signer]);
  if ("refused" in opened) throw refuse(opened.refused);
  return note;
}
