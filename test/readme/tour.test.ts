import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openShell, type ShellSession } from "./shell-session.js";
import { matches, readTranscript, type Step } from "./transcript.js";

const compiled = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const readme = readFileSync(join(compiled, "..", "README.md"), "utf8");
const patience = 120_000;

it("the tour of the README goes as it is written", { timeout: 600_000 }, async () => {
  const steps = readTranscript(readme);
  assert.ok(steps.length >= 10, `the README has ${steps.length} commands`);
  const port = await freePort();
  const folder = await realpath(await mkdtemp(join(tmpdir(), "wrun-tour-")));
  const shell = await prepare(folder);
  try {
    for (const step of steps) await follow(shell, withPort(step, port));
  } finally {
    await shell.close();
    await rm(folder, { recursive: true, force: true });
  }
});

/** What the README sets up before the tour, with the code that this test was compiled with. */
async function prepare(folder: string): Promise<ShellSession> {
  const bin = join(folder, "bin");
  const start = join(folder, "tour");
  await mkdir(bin);
  await mkdir(start);
  const wrapper = join(bin, "wrun");
  await writeFile(
    wrapper,
    `#!/bin/sh\nexec '${process.execPath}' '${join(compiled, "cli", "main.js")}' "$@"\n`,
  );
  await chmod(wrapper, 0o755);
  const path = [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const env = {
    PATH: path,
    HOME: folder,
    WRUN_HOME: join(start, "home"),
    guests: join(compiled, "guests", "bin"),
  };
  return openShell(folder, start, env, patience);
}

/** The tour's port may be taken here. */
function withPort(step: Step, port: number): Step {
  const replace = (text: string): string => text.replace(/\b5000\b/g, String(port));
  return { ...step, command: replace(step.command), expected: step.expected.map(replace) };
}

async function follow(shell: ShellSession, { command, exitCode, expected, line }: Step): Promise<void> {
  const ended = await shell.run(command);
  const fits = (): boolean => matches(expected, seen(ended.output()));
  // What goes on in the background says what it has to say when it can.
  if (/&\s*$/.test(command)) {
    for (const end = Date.now() + patience; !fits() && Date.now() < end; ) await sleep(50);
  }
  const where = `README.md:${line}: ${command}`;
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
