import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findClang } from "../../guests/compile-c.js";
import { openShell, type ShellSession } from "./shell-session.js";
import { matches, readTranscript, type Step } from "./transcript.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const patience = 120_000;

it("the tour of the README goes as it is written", async () => {
  await take("README.md", async (_, start) => {
    await mkdir(start);
  });
});

it("the examples run as their page says", async (t) => {
  t.skip((await findClang()) === undefined, "needs clang with the wasm32-wasi target and wasi-libc");
  await take(join("examples", "README.md"), async (folder, start) => {
    await cp(join(root, "examples"), start, { recursive: true });
    // As where it is a dependency of the project.
    await mkdir(join(folder, "node_modules"));
    await symlink(root, join(folder, "node_modules", "wrun"));
  });
});

/**
 * Types the commands of a page.
 *
 * @param set makes the folder that they are typed in, which is the second
 */
async function take(page: string, set: (folder: string, start: string) => Promise<void>): Promise<void> {
  const steps = readTranscript(readFileSync(join(root, page), "utf8"));
  assert.ok(steps.length >= 8, `${page} has ${steps.length} commands`);
  const port = await freePort();
  const folder = await realpath(await mkdtemp(join(tmpdir(), "wrun-tour-")));
  const start = join(folder, "tour");
  await set(folder, start);
  const shell = await prepare(folder, start);
  try {
    for (const step of steps) await follow(shell, page, withPort(step, port));
  } finally {
    await shell.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the README sets up before the tour, with the code that is shipped. */
async function prepare(folder: string, start: string): Promise<ShellSession> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const wrapper = join(bin, "wrun");
  const main = join(root, "lib", "cli", "main.js");
  await writeFile(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(wrapper, 0o755);
  const path = [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const env = {
    PATH: path,
    HOME: folder,
    WRUN_HOME: join(start, "home"),
    guests: join(root, "dist", "guests", "bin"),
  };
  return openShell(folder, start, env, patience);
}

/** The tour's port may be taken here. */
function withPort(step: Step, port: number): Step {
  const replace = (text: string): string => text.replace(/\b5000\b/g, String(port));
  return { ...step, command: replace(step.command), expected: step.expected.map(replace) };
}

async function follow(
  shell: ShellSession,
  page: string,
  { command, exitCode, expected, line }: Step,
): Promise<void> {
  const ended = await shell.run(command);
  const fits = (): boolean => matches(expected, seen(ended.output()));
  // What goes on in the background says what it has to say when it can.
  if (/&\s*$/.test(command)) {
    for (const end = Date.now() + patience; !fits() && Date.now() < end; ) await sleep(50);
  }
  const where = `${page}:${line}: ${command}`;
  if (!fits()) assert.fail(`${where}\nexpected:\n${expected.join("\n")}\nbut got:\n${ended.output()}`);
  assert.equal(ended.exitCode, exitCode, `${where}\n${ended.output()}`);
}

/** Without the lines that stand for a progress bar where the output is no terminal. */
function seen(output: string): string[] {
  const lines = output.split("\n").filter((text) => !/^(?:pulling|pushing) /.test(text));
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}
