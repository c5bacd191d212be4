import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "vitest";
import { fileURLToPath } from "node:url";

export interface ChildRegistry {
  readonly url: string;
  readonly address: string;
  /** As `kill -9` does; resolves when the process is gone. */
  kill(): Promise<void>;
}

const script = fileURLToPath(new URL("server/serve-child.js", import.meta.url));

/** `maxFileBlocks` limits every file that the process writes, in blocks of 1024 bytes: a disk that fills up. */
export async function childRegistry(
  t: TestContext,
  folder: string,
  maxFileBlocks?: number,
): Promise<ChildRegistry> {
  const limit = maxFileBlocks === undefined ? "" : `ulimit -f ${maxFileBlocks}; `;
  const child = spawn("bash", ["-c", `${limit}exec "$0" "$@"`, process.execPath, script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  t.onTestFinished(kill);
  const url = await firstLine(child);
  return { url, address: new URL(url).host, kill };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes("\n")) return text.trim();
  }
  throw new Error("the registry did not start");
}
