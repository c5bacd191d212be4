import assert from "node:assert/strict";
import {
  closeSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "vitest";
import { createRuntime, isHostCall, isProven, isWrunError, openHome, type Run, type RunReport } from "wrun";
import { type Arena, fight, guestBytes, hostPackages, openArena, policyOf } from "../attacks/harness.js";
import { mountSmallDisk, unmountSmallDisks } from "./small-disk.js";

const needsMount = "this process may not mount a file system of its own";

let arena: Arena;
let lineage: string;
beforeEach(async () => {
  arena = await openArena();
  ({ lineage } = openHome(arena.home));
});
afterEach(async () => {
  unmountSmallDisks();
  await arena.close();
});

interface Flood {
  readonly run: Run;
  /** Bytes that have come out so far. */
  readonly received: () => number;
  /** What the run came to: a report, or what it failed with. */
  readonly ended: Promise<RunReport | Error>;
}

/** A guest that calls the host without end, with a record for each call, and what is done once it is going. */
async function flood(meanwhile: (segment: string, run: Run) => void): Promise<Flood> {
  let received = 0;
  let done = false;
  let run: Run | undefined;
  const act = (): void => {
    if (done || run === undefined || received < 50 * 4096) return;
    done = true;
    meanwhile(join(lineage, run.id, "000000.seg"), run);
  };
  run = await arena.runtime.start({
    component: {
      kind: "bytes",
      name: "stdout-flood",
      bytes: await guestBytes("stdout-flood"),
      allowUnsigned: true,
    },
    policy: {
      bytes: Buffer.from(policyOf([], "limits: { wall: 60s, hostCalls: 100000000, bytesOut: 1024GiB }")),
      name: "flood.yaml",
    },
    onOutput(_, bytes, passedOn) {
      received += bytes.length;
      act();
      passedOn();
    },
  });
  const { finished } = run;
  return {
    run,
    received: () => received,
    ended: finished.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
  };
}

function codeOf(ended: RunReport | Error): string {
  return isWrunError(ended) ? ended.code : JSON.stringify(ended);
}

describe("a lineage that cannot be begun", () => {
  const refusedToStart = async (): Promise<void> => {
    let output = "";
    await assert.rejects(
      async () => {
        const run = await arena.runtime.start({
          component: {
            kind: "bytes",
            name: "hello",
            bytes: await guestBytes("hello-0.2.12"),
            allowUnsigned: true,
          },
          policy: { bytes: Buffer.from(policyOf()), name: "policy.yaml" },
          onOutput(_, bytes, done) {
            output += Buffer.from(bytes).toString();
            done();
          },
        });
        await run.finished;
      },
      (error) => isWrunError(error) && error.code === "LINEAGE_WRITE_FAILED" && error.exitCode === 117,
    );
    assert.equal(output, "", "nothing of the guest has run");
  };

  it("keeps a guest from starting where a file is in its folder's place", async () => {
    await rename(lineage, `${lineage}-away`);
    await writeFile(lineage, "");
    await refusedToStart();
  });

  it("keeps a guest from starting where its folder is read-only", async (t) => {
    if (mountSmallDisk(lineage, "ro") === undefined) return t.skip(needsMount);
    await refusedToStart();
  });

  it("keeps a guest from starting where the disk is full, and leaves nothing half-made", async (t) => {
    if (mountSmallDisk(lineage, "size=64k") === undefined) return t.skip(needsMount);
    try {
      writeFileSync(join(lineage, ".filler"), Buffer.alloc(1 << 20));
    } catch {
      // It is full now.
    }
    await refusedToStart();
    assert.deepEqual(readdirSync(lineage), [".filler"]);
  });
});

describe("a lineage that cannot go on", () => {
  it("ends the guest where the disk is full in mid-run; with room again, what was recorded is sealed", async (t) => {
    const disk = mountSmallDisk(lineage, "size=1m");
    if (disk === undefined) return t.skip(needsMount);
    const { run, received, ended } = await flood(() => undefined);
    // The seal finds no room either.
    assert.equal(codeOf(await ended), "LINEAGE_WRITE_FAILED");
    const outputAtEnd = received();

    disk.remount("size=8m");
    const next = await createRuntime({ home: arena.home, hostPackages });
    try {
      assert.deepEqual(
        next.recovered.map(({ runId, state }) => [runId, state]),
        [[run.id, "recovered"]],
      );
      const [report] = await next.verifyLineage(run.id);
      assert.ok(report !== undefined && report.intact && report.sealed && report.proven >= 1);
      assert.equal(isProven(report), false, "what was not signed while it ran is not proven");
      const writes = [...next.readRun(run.id)].filter(
        (record) => isHostCall(record) && record.body.function.endsWith("blocking-write-and-flush"),
      );
      assert.ok(writes.length * 4096 >= outputAtEnd, "nothing came out that was not recorded before");
    } finally {
      next.close();
    }
  });

  it("ends the guest where its writer fails, as unrecorded, with what was recorded sealed", async (t) => {
    t.skip(process.platform !== "linux", "needs /proc");
    const { received, ended } = await flood((segment) => {
      for (const fd of readdirSync("/proc/self/fd")) {
        try {
          if (readlinkSync(`/proc/self/fd/${fd}`) === segment) closeSync(Number(fd));
        } catch {
          // Gone meanwhile.
        }
      }
    });
    const report = await ended;
    if (report instanceof Error) throw report;
    assert.equal(report.outcome.kind, "unrecorded", JSON.stringify(report.outcome));
    assert.equal(report.outcome.exitCode, 117);
    const [verified] = await arena.runtime.verifyLineage(report.run);
    assert.ok(verified !== undefined && isProven(verified));
    const writes = [...arena.runtime.readRun(report.run)].filter(
      (record) => isHostCall(record) && record.body.function.endsWith("blocking-write-and-flush"),
    );
    assert.ok(writes.length * 4096 >= received());
  });

  for (const [what, tamper] of [
    ["cut short", (segment: string) => truncateSync(segment, 5000)],
    [
      "changed",
      (segment: string) => {
        const bytes = readFileSync(segment);
        bytes.writeUInt8(bytes.readUInt8(3000) ^ 1, 3000);
        // In place: the writer goes on in the same file.
        writeFileSync(segment, bytes, { flag: "r+" });
      },
    ],
    ["removed", (segment: string) => rmSync(segment)],
  ] as const) {
    it(`never passes for whole where it was ${what} under a running guest`, async () => {
      const { run, ended } = await flood((segment, going) => {
        tamper(segment);
        setTimeout(() => going.stop("enough"), 100);
      });
      const came = await ended;
      assert.ok(came instanceof Error, "the run does not end as if nothing had been");
      assert.match(codeOf(came), /^LINEAGE_/);
      const [verified] = await arena.runtime.verifyLineage(run.id).catch(() => []);
      assert.ok(verified === undefined || !isProven(verified));
      // Another run of this runtime is not touched by it.
      await fight(arena, "hello-0.2.12");
    });
  }
});
