import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { transpile } from "@bytecodealliance/jco";
import { slotAt, takeSlot } from "./board.js";
import { type Contestant, createContestant } from "./contestant.js";
import type { StockCommand } from "./stock-jco-child.js";
import type { StockJob } from "./stock-jco-worker.js";
import { keepTurnsOf, keepTurnsOverPipes } from "./turns.js";

export interface StockOptions {
  readonly name: string;
  readonly component: Uint8Array;
  /** The export that runs the measured loop, in camel case. */
  readonly run: string;
  /** A folder for the generated code. */
  readonly folder: string;
}

/**
 * jco as it comes: the same component, transpiled with the options that jco has when it is told none but the way of
 * instantiation, and linked with the same plain host functions. Nothing is checked and nothing is recorded.
 */
export async function startStockJco({ name, component, run, folder }: StockOptions): Promise<Contestant> {
  const code = await transpileInto(folder, component);
  const slot = takeSlot();
  const job: StockJob = { slot, run, ...code };
  const worker = new Worker(new URL("./stock-jco-worker.js", import.meta.url), { workerData: job });
  return createContestant(name, keepTurnsOf(slotAt(slot)), endOf(worker));
}

/**
 * The same with preview2-shim for WASI, in a process of its own: what a thread says on its standard output, Node keeps
 * until the thread has time to pass it on, and then nothing would have been written while it was measured.
 *
 * @param stdout where the process's standard output goes
 */
export async function startStockJcoWithWasi(
  { name, component, run, folder }: StockOptions,
  { stdout, data }: { readonly stdout: string; readonly data: string },
): Promise<Contestant> {
  const command: StockCommand = { run, data, ...(await transpileInto(folder, component)) };
  const out = openSync(stdout, "w");
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("./stock-jco-child.js", import.meta.url)), JSON.stringify(command)],
    { stdio: ["ignore", out, "inherit", "pipe", "pipe"] },
  );
  closeSync(out);
  const [, , , orders, answers] = child.stdio;
  const ended = async (): Promise<void> => {
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`${name} ended with ${code}`);
  };
  return createContestant(name, keepTurnsOverPipes(orders as Writable, answers as Readable), ended());
}

/** Generated code on the disk, as users of jco have it. */
export interface StockCode {
  readonly folder: string;
  readonly glue: string;
}

export async function transpileInto(folder: string, component: Uint8Array): Promise<StockCode> {
  const code = await mkdtemp(join(folder, "stock-"));
  const { files } = await transpile(component, { name: "component", instantiation: "sync" });
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(code, path)), { recursive: true });
    await writeFile(join(code, path), bytes);
  }
  return { folder: code, glue: pathToFileURL(join(code, "component.js")).href };
}

/** Settles with the end of a peer's thread; rejects where it threw. */
export function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
}
