import { cpSync, readdirSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createRuntime,
  isWrunError,
  openHome,
  type Run,
  type RunReport,
  type RunRequest,
  type Runtime,
} from "wrun";
import { hostPackages, policyOf, unsignedGuest } from "../harness.js";

/** What an attack came to: whether it got what it was after, and what was seen of it. */
export interface Verdict {
  readonly succeeded: boolean;
  readonly seen: string;
}

/** A home of its own for one attack, copied from one where every guest has been linked before. */
export interface Stage {
  readonly folder: string;
  readonly home: string;
  readonly runtime: Runtime;
  /** How long to wait for what should not happen, in milliseconds. */
  readonly patience: number;
  /** Starts a guest that is to be watched. */
  enter(guest: string, options?: EnterOptions): Promise<Watched>;
  /** Runs one to its end. */
  run(guest: string, options?: EnterOptions): Promise<Watched & { readonly report: RunReport }>;
}

export interface EnterOptions extends Partial<Omit<RunRequest, "policy" | "onOutput">> {
  readonly policy?: string;
  readonly policyPath?: string;
  /** Takes the output in place of the stage; see `RunRequest.onOutput`. */
  readonly onOutput?: RunRequest["onOutput"];
}

export interface Watched {
  readonly run: Run;
  /** What it has printed so far. */
  readonly output: () => string;
}

export interface StageOptions {
  /** The home to copy. */
  readonly template: string;
  readonly patience: number;
  /** Without linked components: what is under attack is how they are linked. */
  readonly cold?: boolean;
  readonly hostPackages?: URL;
}

export async function withStage(
  options: StageOptions,
  act: (stage: Stage) => Promise<Verdict>,
): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), "wrun-removed-"));
  const home = join(folder, "home");
  cpSync(options.template, home, { recursive: true });
  if (options.cold === true) {
    const { cache } = openHome(home);
    for (const entry of readdirSync(cache)) rmSync(join(cache, entry), { recursive: true });
  }
  const runtime = await createRuntime({ home, hostPackages: options.hostPackages ?? hostPackages });
  const enter = (guest: string, wanted: EnterOptions = {}) => startWatched(runtime, guest, wanted);
  try {
    return await act({
      folder,
      home,
      runtime,
      patience: options.patience,
      enter,
      async run(guest, wanted) {
        const watched = await enter(guest, wanted);
        return { ...watched, report: await watched.run.finished };
      },
    });
  } finally {
    runtime.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startWatched(runtime: Runtime, guest: string, wanted: EnterOptions): Promise<Watched> {
  const { policy = policyOf(), policyPath: path, onOutput, ...request } = wanted;
  let output = "";
  const keep: RunRequest["onOutput"] = (_, bytes, done) => {
    if (output.length < 1 << 24) output += Buffer.from(bytes).toString("utf8");
    done();
  };
  const run = await runtime.start({
    ...request,
    onOutput: onOutput ?? keep,
    component: request.component ?? (await unsignedGuest(guest)),
    policy: { bytes: Buffer.from(policy), name: "attack.yaml", ...(path === undefined ? {} : { path }) },
  });
  // An attack may be through before its run is.
  run.finished.catch(() => undefined);
  return { run, output: () => output };
}

/** What an attempt was refused with; undefined where it was not. */
export async function refusalOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return isWrunError(error) ? error.code : String(error);
  }
}

/** Whether a run is still going after as long as the attacker is patient. It is ended then. */
export async function outlasts({ run }: Watched, patience: number): Promise<Verdict> {
  const first = await Promise.race([run.finished, sleep(patience, "still running" as const, { ref: true })]);
  if (first !== "still running") return { succeeded: false, seen: first.outcome.kind };
  run.stop("the attack is over");
  await run.finished;
  return { succeeded: true, seen: `${first} after ${patience} ms` };
}
