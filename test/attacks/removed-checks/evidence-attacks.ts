import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claimedHead, createRuntime, isHostCall, isProven, openHome, parseRunId, type RunId } from "wrun";
import { createRunLineage, newRunId } from "../../../runtime/lineage/index.js";
import { readPayloads, rechain, writePayloads } from "../../lineage/forged-log.js";
import { hostPackages, policyOf, recordsSoFar, rule } from "../harness.js";
import { scriptPolicy } from "../script-policy.js";
import type { Stage, Verdict } from "./stage.js";

/* Attacks by somebody who can write to the lineage folder, and has no key. */

/** A run of the stage's node whose process died before it was sealed. */
function abandon({ home, runtime }: Stage): { folder: string; runId: RunId } {
  const folder = openHome(home).lineage;
  const { signer } = runtime.node.identity;
  const run = createRunLineage({
    folder,
    runId: newRunId(),
    signer,
    genesis: { component: `sha256:${"c0".repeat(32)}` },
  });
  run.append("trust-change", { detail: "it read salary.txt" }, "durable");
  run.close();
  return { folder, runId: run.runId };
}

/** Changes a word to another one of the same length in every record that has it, and chains the records anew. */
function edit(folder: string, runId: RunId, from: string, to: string): void {
  const edited = readPayloads(folder, runId).map((payload) =>
    Buffer.from(payload.toString("latin1").replaceAll(from, to), "latin1"),
  );
  writePayloads(folder, runId, rechain(edited));
}

/** What another start of the node makes of its lineage. */
async function startAgain({ home }: Stage): Promise<void> {
  const next = await createRuntime({ home, hostPackages });
  next.close();
}

function contentOf(folder: string, runId: RunId): string {
  const run = join(folder, runId);
  return readdirSync(run)
    .map((name) => `${name} ${readFileSync(join(run, name)).toString("hex")}`)
    .join("\n");
}

async function flood(stage: Stage, limits: string, script: string): Promise<number> {
  const { run } = await stage.run("script", {
    policy: scriptPolicy({ limits }),
    args: ["script", script],
    keyvalueFolder: join(stage.folder, "keyvalue"),
  });
  const folder = join(openHome(stage.home).lineage, run.id);
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

export const evidenceAttacks = {
  "leave a long text in every record": async (stage: Stage): Promise<Verdict> => {
    const bytes = await flood(
      stage,
      "",
      `const b = store.open("b"); count(20, () => b.get("x".repeat(500000)));`,
    );
    return { succeeded: bytes > 5_000_000, seen: `${bytes} bytes` };
  },
  "leave records without end": async (stage: Stage): Promise<Verdict> => {
    const bytes = await flood(
      stage,
      "lineage: 64KiB, ",
      `const b = store.open("b"); count(2000, () => b.get("x".repeat(900)));`,
    );
    return { succeeded: bytes > 1_000_000, seen: `${bytes} bytes` };
  },
  "have the node sign what it did not see": async (stage: Stage): Promise<Verdict> => {
    const { folder, runId } = abandon(stage);
    edit(folder, runId, "salary.txt", "public.txt");
    await startAgain(stage);
    const [report] = await stage.runtime.verifyLineage(runId);
    const succeeded = report !== undefined && isProven(report);
    return { succeeded, seen: `${report?.proven} of ${report?.records} records proven` };
  },
  "have a run taken up whose genesis was not signed": async (stage: Stage): Promise<Verdict> => {
    const { folder, runId } = abandon(stage);
    edit(folder, runId, "c0".repeat(32), "5e".repeat(32));
    const before = contentOf(folder, runId);
    await startAgain(stage);
    const succeeded = contentOf(folder, runId) !== before;
    return { succeeded, seen: succeeded ? "it was sealed" : "it was not touched" };
  },
  "edit a run while it is recorded": async (stage: Stage): Promise<Verdict> => {
    const folder = openHome(stage.home).lineage;
    for (let attempt = 0; attempt < 20; attempt++) {
      const verdict = await editWhileRecorded(stage, folder);
      if (verdict !== "too late") return verdict;
    }
    return { succeeded: false, seen: "a head was always there first" };
  },
} as const;

/** The guest makes a few calls and then waits for an hour; what is recorded by then is all that there will be. */
async function editWhileRecorded(stage: Stage, folder: string): Promise<Verdict | "too late"> {
  const { run } = await stage.enter("blocked-pollable", { policy: policyOf([rule.clocks]) });
  const runId = parseRunId(run.id);
  const indexOf = (name: string): number =>
    recordsSoFar(stage.runtime, run.id).findIndex(
      (record) => isHostCall(record) && record.body.function === name,
    );
  for (const end = Date.now() + 20_000; indexOf("[method]pollable.block") < 0 && Date.now() < end; )
    await sleep(1);
  // In one turn, so that nobody reads it in between.
  const at = indexOf("subscribe-duration");
  const isTooLate = claimedHead(folder, runId).size > at;
  if (!isTooLate) {
    edit(folder, runId, "subscribe-duration", "subscribe-instant!");
    await Promise.race([run.finished.catch(() => undefined), sleep(stage.patience)]);
  }
  const [report] = await stage.runtime.verifyLineage(run.id);
  run.stop("the attack is over");
  await run.finished.catch(() => undefined);
  // A head that covers the record and does not prove it is of what was read before the edit.
  const wasRead = claimedHead(folder, runId).size > at && report?.proven === 0;
  if (isTooLate || wasRead) return "too late";
  const succeeded = at > 0 && report !== undefined && report.proven > at;
  return { succeeded, seen: `record ${at} was edited, ${report?.proven} are proven` };
}
