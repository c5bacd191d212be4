import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** A shell that keeps its folder, its variables and its background jobs from one command to the next. */
export interface ShellSession {
  /** Types a command and waits for its end. */
  run(command: string): Promise<{ exitCode: number; output: () => string }>;
  /** Ends the session and what it left in the background. */
  close(): Promise<void>;
}

/** Each step is a file that the shell reads, so that nothing of its standard input is left for commands to take. */
const loop = `while IFS= read -r step; do . "$step" < /dev/null; echo "$? $!" >&3; done`;

/**
 * @param folder where the shell keeps its files
 * @param start the folder that commands begin in
 * @param patience in milliseconds, for one command
 */
export function openShell(
  folder: string,
  start: string,
  env: NodeJS.ProcessEnv,
  patience: number,
): ShellSession {
  // A file, since both streams of all commands then stay in the order in which they are written.
  const log = join(folder, "output");
  const fd = openSync(log, "a");
  // A process group of its own: a command that hangs is ended together with the shell.
  const shell = spawn("sh", ["-c", loop], {
    cwd: start,
    env,
    detached: true,
    stdio: ["pipe", fd, fd, "pipe"],
  });
  closeSync(fd);
  const statuses = statusLines(shell);
  const background = new Set<number>();
  let count = 0;

  return {
    async run(command) {
      const from = readFileSync(log).length;
      const step = join(folder, `step-${++count}.sh`);
      writeFileSync(step, `${command}\n`);
      shell.stdin?.write(`${step}\n`);
      const status = await Promise.race([statuses(), sleep(patience, undefined, { ref: false })]);
      if (status === undefined) throw new Error(`no end after ${patience} ms: ${command}`);
      const [exitCode, job] = status.split(" ");
      if (job) background.add(Number(job));
      return { exitCode: Number(exitCode), output: () => readFileSync(log).subarray(from).toString("utf8") };
    },
    async close() {
      const gone = new Promise((resolve) => shell.once("close", resolve));
      for (const pid of background) signal(pid, "SIGTERM");
      for (let waited = 0; waited < 5_000 && [...background].some(isAlive); waited += 50) await sleep(50);
      if (shell.pid !== undefined) signal(-shell.pid, "SIGKILL");
      if (shell.exitCode === null && shell.signalCode === null) await gone;
    },
  };
}

function statusLines(shell: ChildProcess): () => Promise<string> {
  const lines: string[] = [];
  let wake = (): void => undefined;
  let rest = "";
  (shell.stdio[3] as Readable).on("data", (bytes: Buffer) => {
    const parts = (rest + bytes.toString()).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    wake();
  });
  return async () => {
    for (;;) {
      const line = lines.shift();
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
