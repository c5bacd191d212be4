import { WrunError } from "../errors/index.js";
import { decodeCall, decodeIntent, decodeOutcome } from "./call-body.js";
import { type Frame, type FramesEnd, frameHeaderLength, readFrames } from "./frames.js";
import { decodeJsonBody } from "./json-body.js";
import { leafHash } from "./merkle.js";
import { headerLength, type RecordHeader, readHeader } from "./record.js";
import { RecordRules } from "./record-rules.js";
import { hasRun } from "./run-folder.js";
import { sha256 } from "./sha256.js";
import type { LineageProblem, RecordBody, RunId, StoredRecord } from "./types.js";

/**
 * The run's records in order, each checked against the one before it, in constant memory. A torn tail is an error
 * here, after the last whole record. Throws `LINEAGE_RUN_UNKNOWN`, `LINEAGE_BROKEN`, `FILE_UNREADABLE`.
 */
export function* readRun(folder: string, runId: RunId): Generator<StoredRecord, void> {
  const end = yield* walkRun(folder, runId);
  if (end.kind !== "clean") throw broken(runId, { ...end, sequence: end.rules.next });
}

export type RunEnd = FramesEnd & { readonly kind: "clean" | "torn"; readonly rules: RecordRules };

/** Like {@link readRun}, but returns a torn tail for the caller to judge. */
export function* walkRun(folder: string, runId: RunId): Generator<StoredRecord, RunEnd> {
  if (!hasRun(folder, runId)) throw new WrunError("LINEAGE_RUN_UNKNOWN", { run: runId, folder });
  const rules = new RecordRules();
  const frames = readFrames(folder, runId);
  try {
    for (;;) {
      const next = frames.next();
      if (next.done === true) return endOf(next.value, runId, rules);
      const record = decodeFrame(next.value, runId, rules.next);
      const reason = rules.check(record);
      if (reason !== undefined) throw broken(runId, { ...next.value, sequence: rules.next, reason });
      yield record;
    }
  } finally {
    frames.return?.(unfinished);
  }
}

/** Never seen: it is what closing the frames early would return. */
const unfinished: FramesEnd = { kind: "broken", file: "", segment: 0, offset: 0, bytes: 0, reason: "" };

function endOf(end: FramesEnd, runId: RunId, rules: RecordRules): RunEnd {
  const { kind } = end;
  const fail = (reason: string): WrunError => broken(runId, { ...end, sequence: rules.next, reason });
  if (kind === "broken") throw fail(end.reason);
  if (rules.sealed && (kind === "torn" || end.offset === 0)) throw fail("something follows the seal");
  // A run's folder appears with a whole genesis in it, so that a run without one was made so by somebody.
  if (rules.next === 0) throw fail("the run has no genesis");
  return { ...end, kind, rules };
}

function decodeFrame(frame: Frame, runId: RunId, sequence: number): StoredRecord {
  const header = readHeader(frame.payload);
  if (typeof header === "string") throw broken(runId, { ...frame, sequence, reason: header });
  if (header.runId !== runId) {
    throw broken(runId, { ...frame, sequence, reason: `the record belongs to run ${header.runId}` });
  }
  let body: RecordBody;
  try {
    body = decodeBody(header, frame.payload.subarray(headerLength));
  } catch (error) {
    const reason = `the body of the ${header.kind} record cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw broken(runId, { ...frame, sequence, reason });
  }
  return {
    ...body,
    runId,
    sequence: header.sequence,
    time: header.time,
    previous: header.previous,
    hash: sha256(frame.payload),
    leaf: leafHash(frame.payload),
    file: frame.file,
    offset: frame.offset,
    length: frameHeaderLength + frame.payload.length,
  };
}

function decodeBody({ kind }: RecordHeader, bytes: Uint8Array): RecordBody {
  if (kind === "intent") return { kind, body: decodeIntent(bytes) };
  if (kind === "outcome") return { kind, body: decodeOutcome(bytes) };
  if (kind === "call") return { kind, body: decodeCall(bytes) };
  return { kind, body: decodeJsonBody(bytes) };
}

type Place = Pick<LineageProblem, "file" | "offset" | "reason"> & { readonly sequence: number };

export function broken(runId: RunId, { file, offset, sequence, reason }: Place): WrunError<"LINEAGE_BROKEN"> {
  return new WrunError("LINEAGE_BROKEN", { run: runId, file, offset, sequence, reason });
}
