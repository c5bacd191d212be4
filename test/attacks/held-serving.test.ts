import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { OutgoingHttpHeaders } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { RunOutcome } from "wrun";
import { type Arena, linkBeforehand, openArena } from "./harness.js";
import { ask, dialTo } from "./service.js";

const child = fileURLToPath(new URL("./held-serving-child.js", import.meta.url));
/** What the host may take beside `limits.memory`. */
const hostMiB = 32;
/** What a server takes for all of its guests together, for what passes between them and their clients. */
const serverMiB = 32;
const requests = 1200;

interface Came {
  readonly outcomes: readonly RunOutcome[];
  readonly peakMiB: number;
}

let arena: Arena;
/** As many requests with next to nothing in them. */
let small: Came;
beforeAll(async () => {
  arena = await openArena();
  await linkBeforehand(arena, ["bad-service"]);
  small = await serveWhile((port) => repeat(() => ask(port, "/x"), requests));
});
afterAll(() => arena.close());

/** Serves in a process of its own for as long as `clients` act. */
async function serveWhile(clients: (port: number) => Promise<unknown>): Promise<Came> {
  const server: ChildProcess = spawn(process.execPath, [child, arena.home], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    assert.ok(server.stdin !== null && server.stdout !== null);
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const { port } = JSON.parse((await lines.next()).value ?? "{}") as { port: number };
    await clients(port);
    server.stdin.end();
    const came = JSON.parse((await lines.next()).value ?? "{}") as Came;
    if (server.exitCode === null) await once(server, "exit");
    return came;
  } finally {
    server.kill("SIGKILL");
  }
}

async function repeat(act: () => Promise<unknown>, times: number): Promise<void> {
  for (let left = times; left > 0; left--) await act();
}

/** A request with a chunked body and trailers, up to its answer. */
async function sendTrailers(port: number, trailers: string): Promise<void> {
  const { socket, says } = await dialTo(port);
  socket.write(
    `POST /j HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n${trailers}\r\n`,
  );
  await says("HTTP/1.1 ");
  socket.destroy();
}

function staysSmall({ peakMiB }: Came): void {
  const most = small.peakMiB + 0.5 + hostMiB + serverMiB;
  assert.ok(peakMiB < most, `${peakMiB} MiB, and ${small.peakMiB} with small requests`);
}

const long = "v".repeat(60_000);

describe("what the host holds for a guest that answers requests and lets go of nothing", () => {
  const counted: Readonly<Record<string, OutgoingHttpHeaders>> = {
    "the header fields of requests": { "X-Long": long },
    "hosts of requests": { Host: long },
  };
  for (const [what, headers] of Object.entries(counted)) {
    it(`is counted: ${what}`, async () => {
      const { outcomes } = await serveWhile((port) => repeat(() => ask(port, "/x", { headers }), 300));
      assert.match(JSON.stringify(outcomes[0]), /limits\.memory: 524288 bytes in the guest and \d+ behind/);
    });
  }

  const letGo: Readonly<Record<string, (port: number) => Promise<unknown>>> = {
    "header fields that it does not see": (port) => ask(port, "/x", { headers: { TE: long } }),
    "what is left of bodies": (port) => ask(port, "/9", { method: "POST", body: "b".repeat(200_000) }),
    trailers: (port) => sendTrailers(port, `X-Long: ${long}\r\n`),
  };
  for (const [what, act] of Object.entries(letGo)) {
    it(`is let go of with the answer: ${what}`, async () => {
      const came = await serveWhile((port) => repeat(() => act(port), requests));
      assert.equal(came.outcomes[0]?.kind, "served");
      staysSmall(came);
    });
  }
});

describe("clients whose header sections are not whole", () => {
  it("cannot have the host keep all of 60,000 fields", async () => {
    const came = await serveWhile(async (port) => {
      const clients = await Promise.all(Array.from({ length: 300 }, () => dialTo(port)));
      const section = `GET /x HTTP/1.1\r\nHost: x\r\n${"a:\r\n".repeat(60_000)}`;
      await Promise.all(
        clients.map(({ socket }) => new Promise<void>((sent) => void socket.write(section, () => sent()))),
      );
      await ask(port, "/x");
      for (const { socket } of clients) socket.destroy();
    });
    staysSmall(came);
  });
});
