import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** A server in a process of its own. */
export interface Served {
  readonly name: string;
  readonly url: string;
  /** Ends it, and rejects where it had failed. */
  close(): Promise<void>;
}

export interface WrunServed {
  readonly component: string;
  readonly policy: string;
  readonly home: string;
}

/** `wrun serve`, of this build unless told of another. */
export async function startWrun(
  { component, policy, home }: WrunServed,
  cli = fileURLToPath(new URL("../../../lib/cli/main.js", import.meta.url)),
): Promise<Served> {
  const options = ["--allow-unsigned", "--policy", policy, "--home", home, "--port", "0"];
  const child = start([cli, "serve", component, ...options]);
  const [, url = ""] = await said(child, /^serving .* at (\S+)$/m);
  return { name: "wrun serve", url, close: () => interrupt(child, "wrun serve") };
}

/** `jco serve`, as it comes or with more options. */
export async function startJco(component: string, ...more: readonly string[]): Promise<Served> {
  const port = await freePort();
  const jco = fileURLToPath(new URL("jco.js", import.meta.resolve("@bytecodealliance/jco")));
  const child = start([jco, "serve", component, "--host", "127.0.0.1", "--port", String(port), ...more]);
  await said(child, /listening/i);
  const name = ["jco 1.35 serve", ...more].join(" ");
  return { name, url: `http://127.0.0.1:${port}/`, close: () => killGroup(child) };
}

/** In a group of its own: `jco serve` starts another process, which outlives it where only the first one is ended. */
function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
}

/** Waits until a process has said something, on either stream, and lets it say more. */
function said(child: ChildProcess, what: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (piece: string) => {
        text = (text + piece).slice(-10_000);
        const found = what.exec(text);
        if (found !== null) resolve(found);
      });
    }
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}

async function interrupt(child: ChildProcess, name: string): Promise<void> {
  if (child.exitCode !== null) throw new Error(`${name} had ended with ${child.exitCode}`);
  child.kill("SIGINT");
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

/** For what has no way of being asked to end. */
async function killGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) throw new Error(`the peer had ended with ${child.exitCode}`);
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await once(child, "exit");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new TypeError("no port is free");
  return address.port;
}
