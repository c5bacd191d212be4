import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createRuntime,
  initHome,
  isProven,
  type LineageReport,
  type Run,
  type RunEvent,
  type RunReport,
  type RunRequest,
  type Runtime,
} from "../../runtime/index.js";

const compiled = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const hostPackages = new URL("../../host-interfaces/index.js", import.meta.url);

/** A home of its own with a runtime on it, and a folder that guests may be given. */
export interface Arena {
  readonly folder: string;
  readonly home: string;
  /** The host folder of the file root `data`. */
  readonly data: string;
  readonly runtime: Runtime;
  close(): Promise<void>;
}

export async function openArena(): Promise<Arena> {
  const folder = await mkdtemp(join(tmpdir(), "wrun-arena-"));
  const home = join(folder, "home");
  const data = join(folder, "data");
  await mkdir(data);
  await initHome({ home });
  const runtime = await createRuntime({ home, hostPackages });
  return {
    folder,
    home,
    data,
    runtime,
    async close() {
      runtime.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A built guest's bytes; the test runner has built them all before the first test. */
export function guestBytes(name: string): Promise<Uint8Array> {
  return readFile(join(compiled, "guests", "bin", `${name}.wasm`));
}

/** A manifest with the rules for output, and whatever else is said: `rules` are lines below `allow:`. */
export function policyOf(
  rules: readonly string[] = [],
  more = "limits: { wall: 20s, memory: 32MiB }",
): string {
  const all = ['{ id: out, interface: "wasi:cli/stdout" }', ...rules];
  return [
    "apiVersion: wrun/v1",
    "kind: Policy",
    "metadata: { name: attack }",
    more,
    "allow:",
    ...all.map((rule) => `  - ${rule}`),
    "",
  ].join("\n");
}

export interface Fight {
  readonly report: RunReport;
  readonly output: string;
  readonly events: readonly RunEvent[];
  readonly lineage: LineageReport;
}

export interface FightOptions
  extends Partial<Omit<RunRequest, "component" | "policy" | "onEvent" | "onOutput">> {
  readonly policy?: string;
  /** Called with the run once the guest has said (or done) something that `when` recognises. */
  readonly when?: (sofar: { output: string; started: boolean }) => boolean;
  readonly then?: (run: Run) => void | Promise<void>;
}

/** Runs a guest to its end and verifies what it left behind: whatever a guest does, its lineage must verify. */
export async function fight(arena: Arena, name: string, options: FightOptions = {}): Promise<Fight> {
  const { policy = policyOf(), when, then, ...request } = options;
  const events: RunEvent[] = [];
  let output = "";
  let started = false;
  let run: Run | undefined;
  let fired = false;
  const check = (): void => {
    if (fired || run === undefined || when?.({ output, started }) !== true) return;
    fired = true;
    void then?.(run);
  };
  run = await arena.runtime.start({
    ...request,
    component: { kind: "bytes", name, bytes: await guestBytes(name), allowUnsigned: true },
    policy: { bytes: Buffer.from(policy), name: "attack.yaml" },
    onEvent(event) {
      events.push(event);
      if (event.type === "started") started = true;
      check();
    },
    onOutput(_, bytes, done) {
      if (output.length < 1 << 20) output += Buffer.from(bytes).toString("utf8");
      done();
      check();
    },
  });
  check();
  const report = await run.finished;
  const [lineage] = await arena.runtime.verifyLineage(report.run);
  if (lineage === undefined || !isProven(lineage)) {
    throw new Error(`the lineage of ${name} does not verify: ${JSON.stringify(lineage?.problems)}`);
  }
  return { report, output, events, lineage };
}
