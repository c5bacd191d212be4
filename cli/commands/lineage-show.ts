import type { Command } from "commander";
import {
  type ClaimedHead,
  claimedHead,
  isHostCall,
  readRun,
  type StoredRecord,
} from "../../runtime/index.js";
import { findRun, lineageFolder, timeText } from "../lineage-folder.js";
import type { Bind, Session } from "../session.js";

interface Options {
  readonly folder?: string;
}

export function addLineageShow(parent: Command, bind: Bind): void {
  const command = parent
    .command("show")
    .description("show the records of a run; the chain between them is checked, the signature is not")
    .argument("<run>", "its id, or as much of the beginning as is needed")
    .option("--folder <folder>", "a lineage folder other than the home's")
    .addHelpText("after", "\nExample:\n  wrun lineage show 3f9a");
  bind<Options>(command, (session, [run = ""], { folder }) => show(session, run, folder));
}

function show(session: Session, prefix: string, given: string | undefined): Promise<number> {
  const { terminal } = session;
  const folder = lineageFolder(session, given);
  const runId = findRun(folder, prefix);
  const head = claimedHead(folder, runId);
  for (const record of readRun(folder, runId)) {
    if (record.sequence === head.size) terminal.line(`        ${describeRest(head.state)}`);
    terminal.line(`${String(record.sequence).padStart(6)}  ${timeText(record.time)}  ${summaryOf(record)}`);
    terminal.value({ ...toJson(record), underHead: record.sequence < head.size });
  }
  return Promise.resolve(0);
}

/** What is to be said of the records behind the newest head. */
function describeRest(state: ClaimedHead["state"]): string {
  if (state === "open") return "--- from here on no head is signed yet ---";
  if (state === "recovered") return "--- from here on: recovered, not proven ---";
  return "--- from here on: not this node's; nothing of it is signed ---";
}

function summaryOf(record: StoredRecord): string {
  const name = record.kind.padEnd(13);
  if (isHostCall(record)) {
    const { decision, interface: from, function: called, facts } = record.body;
    const touched = facts.length === 0 ? "" : ` ${facts.map((one) => JSON.stringify(one)).join(" ")}`;
    const nobody = { allow: "open interface", deny: "no rule", malformed: "its arguments are none" }[
      decision.verdict
    ];
    const came = record.kind === "call" ? `: ${outcomeOf(record.body.outcome)}` : "";
    return `${name}  ${decision.verdict} ${from} ${called}${touched} (${decision.rule ?? nobody})${came}`;
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

function outcomeOf({ kind, errorCase }: { kind: string; errorCase: string | null }): string {
  return errorCase === null ? kind : `${kind} ${errorCase}`;
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
