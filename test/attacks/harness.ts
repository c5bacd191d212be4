import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ComponentSource,
  createRuntime,
  initHome,
  isProven,
  isWrunError,
  type LineageReport,
  type Run,
  type RunEvent,
  type RunReport,
  type RunRequest,
  type Runtime,
  type StoredRecord,
} from "wrun";
import { linkComponent } from "../../runtime/component/index.js";
import { verifyComponent } from "../../runtime/sandbox/admission/admit.js";

const compiled = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
/** As shipped: what holds a guest is tested on the bundle. */
export const hostPackages = new URL(import.meta.resolve("wrun/host-interfaces"));
const compiledPackages = new URL("../../host-interfaces/index.js", import.meta.url);

/** A home of its own with a runtime on it, and a folder that guests may be given. */
export interface Arena {
  readonly folder: string;
  readonly home: string;
  /** The host folder of the file root `data`. */
  readonly data: string;
  /** Where the key-value stores of a run are, if it is given them. */
  readonly keyvalue: string;
  readonly runtime: Runtime;
  close(): Promise<void>;
}

export interface ArenaOptions {
  /** A publisher to create and to trust, for signed components. */
  readonly publisher?: string;
  /** A home to copy, with all that it has linked, in place of making one. */
  readonly like?: string;
  /** Another module of host packages. */
  readonly hostPackages?: URL;
  /** For a test that looks inside: the compiled one in place of the bundled. */
  readonly createRuntime?: typeof createRuntime;
}

export async function openArena(options: ArenaOptions = {}): Promise<Arena> {
  const folder = await mkdtemp(join(tmpdir(), "wrun-arena-"));
  const home = join(folder, "home");
  const data = join(folder, "data");
  await mkdir(data);
  const { publisher, like } = options;
  if (like === undefined) await initHome({ home, ...(publisher === undefined ? {} : { publisher }) });
  else await cp(like, home, { recursive: true });
  const runtime = await (options.createRuntime ?? createRuntime)({
    home,
    hostPackages: options.hostPackages ?? (options.createRuntime ? compiledPackages : hostPackages),
  });
  return {
    folder,
    home,
    data,
    keyvalue: join(folder, "keyvalue"),
    runtime,
    async close() {
      runtime.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Links guests before they are run, so that what follows need not wait for the toolchain. */
export async function linkBeforehand(arena: Arena, guests: readonly string[]): Promise<void> {
  const { node } = arena.runtime;
  for (const guest of guests)
    await linkComponent(await verifyComponent(await unsignedGuest(guest), node), { cache: node.cache });
}

/** A built guest's bytes; the test runner has built them all before the first test. */
export function guestBytes(name: string): Promise<Uint8Array> {
  return readFile(join(compiled, "guests", "bin", `${name}.wasm`));
}

/** A built guest as a local file that may run unsigned. */
export async function unsignedGuest(name: string): Promise<ComponentSource> {
  return { kind: "bytes", name, bytes: await guestBytes(name), allowUnsigned: true };
}

/** Lines below `allow:` that many guests need. What they link, not what they may touch. */
export const rule = {
  clocks: '{ id: clocks, interface: "wasi:clocks/*" }',
  environment: '{ id: env, interface: "wasi:cli/environment", env: [] }',
  http: '{ id: http, interface: "wasi:http/outgoing-handler", http: [] }',
  input: '{ id: in, interface: "wasi:cli/stdin" }',
  keyvalue: '{ id: kv, interface: "wasi:keyvalue/*", keyvalue: [{ bucket: notes, access: [read, write] }] }',
  log: '{ id: log, interface: "wasi:logging/logging" }',
  random: '{ id: random, interface: "wasi:random/*" }',
} as const;

/** A manifest with the rules for output, and whatever else is said: `rules` are lines below `allow:`. */
export function policyOf(
  rules: readonly string[] = [],
  more = "limits: { wall: 60s, memory: 32MiB }",
): string {
  const all = ['{ id: out, interface: "wasi:cli/stdout" }', ...rules];
  return [
    "apiVersion: wrun/v1",
    "kind: Policy",
    "metadata: { name: attack }",
    more,
    "allow:",
    ...all.map((item) => `  - ${item}`),
    "",
  ].join("\n");
}

export interface Fight {
  readonly report: RunReport;
  readonly output: string;
  readonly events: readonly RunEvent[];
  readonly lineage: LineageReport;
}

export interface FightOptions extends Partial<Omit<RunRequest, "policy" | "onEvent" | "onOutput">> {
  readonly policy?: string;
  /** The file that the policy is said to come from, to be watched. */
  readonly policyPath?: string;
  /** Called with the run once the guest has said (or done) something that `when` recognises. */
  readonly when?: (sofar: { output: string; started: boolean }) => boolean;
  readonly then?: (run: Run) => void | Promise<void>;
}

/** A run that was started, before its end. */
export interface Match {
  readonly run: Run;
  readonly ended: Promise<Fight>;
}

/** Starts a guest and watches it; rejects where it is refused. */
export async function enter(arena: Arena, name: string, options: FightOptions = {}): Promise<Match> {
  const { policy = policyOf(), policyPath: path, when, then, ...request } = options;
  const events: RunEvent[] = [];
  let output = "";
  let started = false;
  let run: Run | undefined;
  let reaction: Promise<void> | undefined;
  const check = (): void => {
    if (reaction !== undefined || run === undefined || when?.({ output, started }) !== true) return;
    reaction = Promise.resolve(then?.(run));
    // It is awaited with the end of the run; until then it must not count as unhandled.
    reaction.catch(() => undefined);
  };
  run = await arena.runtime.start({
    ...request,
    component: request.component ?? (await unsignedGuest(name)),
    policy: {
      bytes: Buffer.from(policy),
      name: "attack.yaml",
      ...(path === undefined ? {} : { path }),
    },
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
  const { finished } = run;
  const end = async (): Promise<Fight> => {
    const report = await finished;
    await reaction;
    return { report, output, events, lineage: await proven(arena, report.run) };
  };
  const ended = end();
  // Whoever started it may be busy with something else when it fails.
  ended.catch(() => undefined);
  return { run, ended };
}

/** Runs a guest to its end and verifies what it left behind: whatever a guest does, its lineage must verify. */
export async function fight(arena: Arena, name: string, options: FightOptions = {}): Promise<Fight> {
  return (await enter(arena, name, options)).ended;
}

/** The records of a run that may be going on: whoever reads then can meet the last one half-written. */
export function recordsSoFar(runtime: Runtime, run: string): StoredRecord[] {
  const records: StoredRecord[] = [];
  try {
    for (const record of runtime.readRun(run)) records.push(record);
  } catch (error) {
    if (!isWrunError(error) || error.code !== "LINEAGE_BROKEN") throw error;
  }
  return records;
}

async function proven(arena: Arena, run: string): Promise<LineageReport> {
  const [lineage] = await arena.runtime.verifyLineage(run);
  if (lineage === undefined || !isProven(lineage)) {
    throw new Error(`the lineage of ${run} does not verify: ${JSON.stringify(lineage?.problems)}`);
  }
  return lineage;
}
