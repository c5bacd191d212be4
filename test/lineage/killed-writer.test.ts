import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isProven, parseRunId, readRun, recoverLineage, verifyRun } from "../../runtime/lineage/index.js";
import { isLong } from "../fuzz/campaign.js";
import { sampleNode, temporaryFolder } from "./sample-run.js";

const rounds = isLong() ? 300 : 50;
const script = fileURLToPath(new URL("./killed-writer.js", import.meta.url));

/** Lines that the writer said before it was killed; the last one may be cut off and is left out. */
async function killAtRandomMoment(folder: string, mode: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [script, folder, mode], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child.stdout, "data");
  await sleep(Math.random() * 40);
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
  return said.split("\n").slice(0, -1);
}

test(`${rounds} times kill -9 at a random moment: the lineage opens, and what was acknowledged is there`, async (t) => {
  const folder = temporaryFolder(t);
  const signer = sampleNode;
  let acknowledgedInAll = 0;
  for (let round = 0; round < rounds; round++) {
    const [id = "", ...acknowledged] = await killAtRandomMoment(
      folder,
      round % 2 === 0 ? "supervisor" : "ring",
    );
    const runId = parseRunId(id);
    const recovered = await recoverLineage(folder, signer);
    assert.deepEqual(
      recovered.map((run) => [run.runId, run.state]),
      [[runId, "recovered"]],
    );
    const report = await verifyRun(folder, runId, { nodeKeys: [signer] });
    assert.deepEqual(
      [report.intact, report.sealed, report.signed, isProven(report)],
      [true, true, false, false],
    );
    assert.deepEqual(report.problems, []);
    assert.ok(report.proven >= 1, "genesis is under a head");
    const hashes = new Map<number, string>();
    for (const { sequence, hash } of readRun(folder, runId))
      hashes.set(sequence, Buffer.from(hash).toString("hex"));
    for (const line of acknowledged) {
      const [sequence, hash] = line.split(" ");
      const written = hashes.get(Number(sequence));
      assert.ok(written !== undefined, `round ${round}, record ${sequence}`);
      if (hash !== "-") assert.equal(written, hash, `round ${round}, record ${sequence}`);
    }
    acknowledgedInAll += acknowledged.length;
  }
  assert.ok(acknowledgedInAll > rounds, "the writers were killed before they wrote");
});
