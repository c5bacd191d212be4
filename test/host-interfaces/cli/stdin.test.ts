import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "vitest";

const cli = new URL("../../../host-interfaces/cli/stdin.js", import.meta.url).href;
const io = new URL("../../../host-interfaces/io/index.js", import.meta.url).href;

/** A process that reads its standard input as a guest would, says what it got, and says first whether it must wait. */
const reader = `
  const { openStdin } = await import(${JSON.stringify(cli)});
  const { InputStream } = await import(${JSON.stringify(io)});
  const stream = new InputStream(openStdin({ kind: "inherit" }));
  const out = (text) => process.stdout.write(text + "\\n");
  const pollable = stream.subscribe();
  out(pollable.waitable.ready() ? "ready" : "waiting");
  let text = "";
  try {
    for (;;) text += Buffer.from(stream.blockingRead(7n)).toString();
  } catch (error) {
    out(JSON.stringify({ text, error: error.payload ?? String(error) }));
  }`;

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wrun-stdin-"));
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function read(fd: number | "pipe", feed: (first: string) => void = () => undefined): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", reader], {
    stdio: [fd, "pipe", "inherit"],
  });
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const isFirst = output === "";
    output += chunk.toString();
    if (isFirst) feed(output.split("\n")[0] ?? "");
  });
  if (fd === "pipe") child.stdin?.end("through a socket");
  await new Promise((resolve) => child.once("close", resolve));
  return output.trim().split("\n");
}

const got = (text: string): string => JSON.stringify({ text, error: { tag: "closed" } });

test("a file on standard input is read to its end", async (t) => {
  const file = join(temporary(t), "in");
  writeFileSync(file, "from a file");
  const fd = openSync(file, "r");
  t.onTestFinished(() => closeSync(fd));
  assert.deepEqual(await read(fd), ["ready", got("from a file")]);
});

test("an empty pipe is waited for without blocking in the kernel, and what comes is read", async (t) => {
  const pipe = join(temporary(t), "pipe");
  execFileSync("mkfifo", [pipe]);
  const both = openSync(pipe, "r+");
  const fd = openSync(pipe, "r");
  t.onTestFinished(() => closeSync(fd));
  const lines = await read(fd, (first) => {
    assert.equal(first, "waiting");
    writeSync(both, "from a pipe");
    closeSync(both);
  });
  assert.deepEqual(lines, ["waiting", got("from a pipe")]);
});

test("a socket on standard input is read to its end", async () => {
  assert.equal((await read("pipe")).at(-1), got("through a socket"));
});

test("/dev/null is an end", async (t) => {
  const fd = openSync("/dev/null", "r");
  t.onTestFinished(() => closeSync(fd));
  assert.deepEqual(await read(fd), ["ready", got("")]);
});
