import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import type { RunOutcome } from "../../runtime/index.js";

const here = dirname(fileURLToPath(import.meta.url));

interface Said {
  readonly outcome: RunOutcome;
  readonly uncaught?: readonly string[];
  readonly proven?: boolean;
}

describe("an embedder's process", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "wrun-embedder-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs one of the embedders and gives what it printed; it must end by itself. */
  async function embed(mode: string, guest: string): Promise<Said> {
    const path = join(here, "..", "..", "guests", "bin", `${guest}.wasm`);
    const child = spawn(
      process.execPath,
      [join(here, "embedding-child.js"), mode, join(folder, "home"), path],
      {
        stdio: ["ignore", "pipe", "pipe"],
        // Far more than it takes; only so that a hang is a failure and not a hang.
        timeout: 50_000,
        killSignal: "SIGKILL",
      },
    );
    let [out, errors] = ["", ""];
    child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (errors += bytes.toString()));
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.on("close", (status, by) => resolve([status, by]));
    });
    assert.deepEqual([code, signal], [0, null], `${out}\n${errors}`);
    return JSON.parse(out) as Said;
  }

  it("ends by itself once its runtime is closed", async () => {
    const { outcome } = await embed("close", "hello-0.2.12");
    assert.deepEqual(outcome, { kind: "exited", exitCode: 0 });
  });

  it("takes its guests with it when it closes its runtime", async () => {
    const { outcome } = await embed("close-early", "spin");
    assert.equal(outcome.kind, "stopped");
    assert.equal(outcome.kind === "stopped" && outcome.signal, "operator");
  });

  it("cannot keep a guest from being stopped by throwing from its callbacks", async () => {
    const { outcome, uncaught, proven } = await embed("throw", "spin");
    assert.equal(outcome.kind, "stopped");
    assert.equal(outcome.kind === "stopped" && outcome.signal, "component-revoked");
    assert.deepEqual(uncaught, ["started", "signal", "stopped", "sealed"]);
    assert.equal(proven, true);
  });

  it("hears of what its output callback throws", async () => {
    const { outcome, uncaught } = await embed("throw-output", "stdout-flood");
    assert.equal(outcome.kind, "stopped");
    assert.deepEqual(uncaught, ["output"]);
  });
});
