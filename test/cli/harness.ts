import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../../cli/command-line.js";
import { initHome } from "../../runtime/index.js";

const compiled = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const main = join(compiled, "..", "lib", "cli", "main.js");

/** A folder with a home in it; commands run in the folder. */
export interface Bench {
  readonly folder: string;
  readonly home: string;
  /** The home's publisher key. */
  readonly publisher: string;
  /**
   * Runs a command to its end: in a process of its own, as users do, where the process matters (`run` and whatever is
   * given options), and otherwise in this one, which is ten times as fast and differs by `cli/main.ts` alone.
   */
  wrun(args: readonly string[], options?: CommandOptions): Promise<Ended>;
  start(args: readonly string[], options?: CommandOptions): Started;
  close(): Promise<void>;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** For standard input, which is a socket to the command as Node makes it; it is closed behind this text. */
  readonly input?: string;
  /** A descriptor to be its standard output, of which nothing is heard then. */
  readonly stdout?: number;
  /** Leave standard input open and empty. */
  readonly holdInput?: boolean;
  readonly nodeOptions?: readonly string[];
  readonly uid?: number;
  /** Of the current folder, in place of the bench's. */
  readonly cwd?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has said on either stream so far. */
  said(): string;
  /** Resolves when it has said this. */
  says(text: string): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "wrun-cli-")));
  const home = join(folder, "home");
  await mkdir(join(folder, "data"));
  const { publisher } = await initHome({ home, publisher: "Bench Ltd" });
  assert.ok(publisher !== undefined);
  const start = (args: readonly string[], options: CommandOptions = {}): Started =>
    startCommand(args, { ...options, cwd: options.cwd ?? folder, env: { WRUN_HOME: home, ...options.env } });
  return {
    folder,
    home,
    publisher: publisher.keyId,
    start,
    wrun: (args, options) =>
      options === undefined && args[0] !== undefined && inProcess.has(args[0])
        ? runHere(["--home", home, ...args], folder)
        : start(args, options).ended,
    async close() {
      // A folder that is gone cannot be where the next command starts.
      process.chdir(tmpdir());
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const inProcess = new Set(["publish", "sign", "verify", "inspect", "revoke", "policy", "lineage"]);

/** A command line in this process. */
export async function runHere(args: readonly string[], cwd?: string): Promise<Ended> {
  const said = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr"): NodeJS.WriteStream =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        said[name] += chunk.toString("utf8");
        done();
      },
    }) as NodeJS.WriteStream;
  if (cwd !== undefined) process.chdir(cwd);
  const code = await runCommandLine(args, { stdout: stream("stdout"), stderr: stream("stderr"), env: {} });
  return { code, ...said };
}

export function startCommand(args: readonly string[], options: CommandOptions): Started {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), main, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"], ...options.env },
    stdio: ["pipe", options.stdout ?? "pipe", "pipe"],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  if (options.holdInput !== true) child.stdin?.end(options.input ?? "");
  child.stdin?.on("error", () => undefined);
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const heard = (): void => {
    for (const check of waiting) check();
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    heard();
  });
  // A command that hangs is a failure, and must not become a test that hangs.
  const patience = setTimeout(() => child.kill("SIGKILL"), 10 * 60_000);
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => {
      clearTimeout(patience);
      resolve({ code, stdout, stderr });
    });
  });
  return {
    child,
    ended,
    said: () => stdout + stderr,
    says: (text) =>
      Promise.race([
        new Promise<void>((resolve) => {
          const check = (): void => {
            if (!(stdout + stderr).includes(text)) return;
            waiting.delete(check);
            resolve();
          };
          waiting.add(check);
          check();
        }),
        ended.then(() => {
          assert.ok((stdout + stderr).includes(text), `it ended without '${text}': ${stdout}${stderr}`);
          return undefined;
        }),
      ]),
  };
}

/** A built guest's path; the test runner has built them all before the first test. */
export function guest(name: string): string {
  return join(compiled, "guests", "bin", `${name}.wasm`);
}

/** A refusal as users must meet it: its code, its exit code, a next step, and no inside of ours. */
export function assertRefused(ended: Ended, code: string, exitCode: number): void {
  const all = ended.stdout + ended.stderr;
  assert.match(ended.stderr, new RegExp(`^error\\[${code}\\]: .`, "m"), all);
  assert.match(ended.stderr, /^next: ./m);
  assert.equal(ended.code, exitCode, all);
  assertNoTrace(ended);
}

export function assertNoTrace({ stdout, stderr }: Ended): void {
  assert.doesNotMatch(stdout + stderr, /\n\s+at /);
  assert.doesNotMatch(stdout + stderr, /node:internal|\{[a-zA-Z]+\}/);
}

export function assertWent(ended: Ended): void {
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  assertNoTrace(ended);
}

/** Every path below a folder, sorted: what a refused command must leave as it was. */
export async function treeOf(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

/** The one JSON document on stdout. */
export function jsonOf(ended: Ended): Record<string, unknown> {
  const lines = ended.stdout.trimEnd().split("\n");
  assert.equal(lines.length, 1, ended.stdout);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

/** `(module (import wasi proc_exit) (memory (export "memory") 1) (func (export "_start") (proc_exit CODE)))`. */
export function exitingModule(code: number): Uint8Array {
  const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
  const section = (id: number, content: number[]): number[] => [id, content.length, ...content];
  return Uint8Array.from([
    ...Buffer.from("\0asm\x01\0\0\0", "latin1"),
    ...section(1, [2, 0x60, 1, 0x7f, 0, 0x60, 0, 0]),
    ...section(2, [1, ...text("wasi_snapshot_preview1"), ...text("proc_exit"), 0, 0]),
    ...section(3, [1, 1]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...text("memory"), 2, 0, ...text("_start"), 0, 1]),
    ...section(10, [1, 6, 0, 0x41, code, 0x10, 0, 0x0b]),
  ]);
}
