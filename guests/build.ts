import { preview1AdapterCommandPath } from "@bytecodealliance/jco";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Guest, guests } from "./catalogue.js";
import { compileC, findClang } from "./compile-c.js";
import { compileTypeScript } from "./compile-typescript.js";
import { sourceFingerprint, toolchainFingerprint } from "./fingerprint.js";
import { includeFragments } from "./include-fragments.js";
import type { WrapRequest } from "./wat-worker.js";
import { atVersion, witDocument } from "./wit-source.js";
import { Wrapper } from "./wrapper.js";

export { guests } from "./catalogue.js";
export type { Guest } from "./catalogue.js";

/** What became of one guest. `path` is its binary, absolute. */
export type Outcome =
  | { readonly guest: Guest; readonly result: "built" | "cached"; readonly path: string }
  | { readonly guest: Guest; readonly result: "skipped" | "failed"; readonly reason: string };

export interface BuildOptions {
  /** The folder for the binaries; made if missing. */
  readonly out: string;
  /** Names; all guests if absent. */
  readonly only?: readonly string[];
  /** Called once a guest, as it is done. */
  readonly report?: (outcome: Outcome) => void;
}

/** Where `npm run build` and the tests keep the binaries: beside this file's compiled form. */
export const binaries = fileURLToPath(new URL("./bin", import.meta.url));

const projectRoot = fileURLToPath(new URL("../../", import.meta.url));
/** The machines that this runs on have few cores, and the QuickJS toolchain uses more than one by itself. */
const typescriptAtOnce = 2;

/**
 * Builds the guests, except those whose sources and tools have not changed since they were built into the same
 * folder. A guest that fails does not stop the others.
 */
export async function buildGuests(options: BuildOptions): Promise<readonly Outcome[]> {
  const out = resolve(options.out);
  await mkdir(join(out, ".fingerprints"), { recursive: true });
  const wanted = select(options.only);
  const clang = wanted.some((guest) => guest.needs === "clang") ? await findClang() : undefined;
  const toolchain = toolchainFingerprint(projectRoot, clang);
  const work = await mkdtemp(join(tmpdir(), "wrun-guests-"));
  await using wrapper = new Wrapper();
  const steps: Steps = { out, toolchain, clang, work, wrapper };
  try {
    const run = async (queue: Iterator<Guest>): Promise<Outcome[]> => {
      const outcomes: Outcome[] = [];
      for (let next = queue.next(); next.done !== true; next = queue.next()) {
        const outcome = await buildOne(next.value, steps);
        options.report?.(outcome);
        outcomes.push(outcome);
      }
      return outcomes;
    };
    const slow = wanted.filter((guest) => guest.language === "typescript").values();
    const quick = wanted.filter((guest) => guest.language !== "typescript").values();
    const lanes = [run(quick), ...Array.from({ length: typescriptAtOnce }, () => run(slow))];
    return (await Promise.all(lanes)).flat();
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Steps {
  readonly out: string;
  readonly toolchain: string;
  readonly clang: string | undefined;
  readonly work: string;
  readonly wrapper: Wrapper;
}

function select(only: readonly string[] | undefined): readonly Guest[] {
  if (only === undefined) return guests;
  return only.map((name) => {
    const guest = guests.find((candidate) => candidate.name === name);
    if (guest === undefined) throw new Error(`there is no guest '${name}'`);
    return guest;
  });
}

async function buildOne(guest: Guest, steps: Steps): Promise<Outcome> {
  if (guest.needs === "clang" && steps.clang === undefined) {
    return { guest, result: "skipped", reason: "needs clang with the wasm32-wasi target and wasi-libc" };
  }
  const path = join(steps.out, `${guest.name}.wasm`);
  try {
    const mark = join(steps.out, ".fingerprints", guest.name);
    const fingerprint = sourceFingerprint(projectRoot, steps.toolchain, guest, sourcesOf(guest));
    if (await isCurrent(path, mark, fingerprint)) return { guest, result: "cached", path };
    const binary = await compile(guest, steps);
    await replace(path, binary);
    await replace(mark, `${fingerprint} ${sha256(binary)}`);
    return { guest, result: "built", path };
  } catch (error) {
    // A binary of older sources must not pass for this one.
    await rm(path, { force: true });
    return { guest, result: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

async function compile(guest: Guest, { work, wrapper }: Steps): Promise<Uint8Array> {
  const source = join(projectRoot, "guests", guest.source);
  const folder = join(work, guest.name);
  await mkdir(folder, { recursive: true });
  if (guest.language === "typescript") return compileTypeScript(projectRoot, guest, folder);
  if (guest.language === "c") {
    const adapter = await readFile(preview1AdapterCommandPath());
    return wrapper.wrap({ module: await compileC(source, folder), embed: undefined, adapter });
  }
  const module = atVersion(await includeFragments(source), guest.wasi);
  const embed = guest.language === "wat" ? embeddingOf(guest) : undefined;
  return wrapper.wrap({ module, embed, adapter: undefined });
}

function embeddingOf({ name, wit, world, wasi, strings }: Guest): WrapRequest["embed"] {
  if (wit === undefined || world === undefined) throw new Error(`${name} has no WIT world`);
  return { wit: witDocument(projectRoot, join(projectRoot, "guests", wit), wasi), world, strings };
}

/** Coarse on purpose: everything beside the guest's own file may be part of it. */
function sourcesOf(guest: Guest): readonly string[] {
  const shared = guest.language === "typescript" ? ["client"] : ["fragments"];
  const wit = guest.wit === undefined ? [] : [guest.wit];
  const own = guest.hostile ? guest.source : dirname(guest.source);
  return [own, ...wit, ...shared];
}

async function isCurrent(path: string, mark: string, fingerprint: string): Promise<boolean> {
  try {
    return (await readFile(mark, "utf8")) === `${fingerprint} ${sha256(await readFile(path))}`;
  } catch {
    return false;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Never leaves half a file behind, whoever builds beside us. */
async function replace(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

function line(outcome: Outcome): string {
  const reason = "reason" in outcome ? `: ${outcome.reason}` : "";
  return `${outcome.result.padEnd(7)} ${outcome.guest.name}${reason}\n`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { out: { type: "string" } } });
  const out = values.out ?? binaries;
  const outcomes = await buildGuests({ out, report: (outcome) => process.stdout.write(line(outcome)) });
  if (outcomes.some((outcome) => outcome.result === "failed")) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
