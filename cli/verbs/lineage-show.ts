import {
  claimedHead,
  isHostCall,
  isWrunError,
  type NodeKey,
  readRun,
  type RunId,
  type StoredRecord,
  verifyRun,
} from "../../runtime/index.js";
import { findRun, lineageFolder, timeText } from "../lineage-folder.js";
import type { Session } from "../session.js";
import { quoted } from "../terminal.js";
import { verifierKeys } from "../verifier-keys.js";

export interface Options {
  readonly folder?: string;
  readonly key?: readonly string[];
}

export async function show(session: Session, prefix: string, options: Options): Promise<number> {
  const { terminal } = session;
  const folder = lineageFolder(session, options.folder);
  const runId = findRun(folder, prefix);
  const keys = keysFor(session, options);
  const proven = keys === undefined ? undefined : await provenOf(folder, runId, keys);
  const marked = proven?.records ?? 0;
  const says = proven?.rest ?? "no key to check signatures with; pass --key, as doctor prints it";
  for (const record of readRun(folder, runId)) {
    if (record.sequence === marked) terminal.line(`        --- from here on: ${says} ---`);
    terminal.line(`${String(record.sequence).padStart(6)}  ${timeText(record.time)}  ${summaryOf(record)}`);
    const underHead = proven === undefined ? null : record.sequence < marked;
    terminal.value({ ...toJson(record), underHead });
  }
  return 0;
}

/** None where a folder is read on a machine that has no home: its records can be read without one. */
function keysFor(session: Session, { folder, key }: Options): readonly NodeKey[] | undefined {
  try {
    return verifierKeys(session, key);
  } catch (error) {
    if (folder === undefined || key !== undefined || !isWrunError(error)) throw error;
    return undefined;
  }
}

/** How many records are under the newest head that one of the keys signed, and what is to be said of the others. */
async function provenOf(
  folder: string,
  runId: RunId,
  nodeKeys: readonly NodeKey[],
): Promise<{ records: number; rest: string }> {
  const { proven, signer } = await verifyRun(folder, runId, { nodeKeys });
  return { records: proven, rest: describeRest(folder, runId, proven, signer) };
}

function describeRest(folder: string, runId: RunId, proven: number, signer: string | null): string {
  if (signer === null) return "nothing is signed by a key that is trusted here";
  if (proven === 0) return `not what ${signer} signed`;
  const { state } = claimedHead(folder, runId);
  if (state === "open") return "no head is signed yet";
  return state === "recovered" ? "recovered, not proven" : "not under what was signed";
}

function summaryOf(record: StoredRecord): string {
  const name = record.kind.padEnd(13);
  if (isHostCall(record)) {
    const { decision, interface: from, function: called, facts, sampled } = record.body;
    const touched = listOf("", facts) + listOf(" found", sampled);
    const nobody = {
      allow: "open interface",
      deny: "no rule",
      malformed: "arguments that are no values of their types",
    }[decision.verdict];
    const came = record.kind === "call" ? `: ${outcomeOf(record.body.outcome)}` : "";
    const rule = decision.rule === null ? nobody : quoted(decision.rule);
    return `${name}  ${decision.verdict} ${quoted(from)} ${quoted(called)}${touched} (${rule})${came}`;
  }
  if (record.kind === "outcome") {
    return `${name}  of ${record.body.intent}: ${outcomeOf(record.body)}`;
  }
  if (record.kind === "seal") {
    // The list counts the seal itself as well.
    const { records, ...rest } = record.body;
    return `${name}  over the ${JSON.stringify(records)} records before it: ${JSON.stringify(rest)}`;
  }
  return `${name}  ${JSON.stringify(record.body)}`;
}

/** @param lead what they are, where it has to be said */
function listOf(lead: string, facts: readonly object[]): string {
  return facts.length === 0 ? "" : `${lead} ${facts.map((one) => JSON.stringify(one)).join(" ")}`;
}

function outcomeOf({ kind, errorCase }: { kind: string; errorCase: string | null }): string {
  return errorCase === null ? kind : `${kind} ${quoted(errorCase)}`;
}

function toJson(record: StoredRecord): object {
  const { previous, hash, leaf, time, ...rest } = record;
  return Object.fromEntries(
    Object.entries({ ...rest, time: timeText(time), timeNs: time, previous, hash, leaf }).map(
      ([key, value]) => [key, plain(value)],
    ),
  );
}

/** Bytes as hexadecimal, and whole numbers that JSON would lose as strings. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
