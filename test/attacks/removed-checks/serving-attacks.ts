import { startListener } from "../odd-clients.js";
import { ask, type Dialled, dialTo, servicePolicy } from "../service.js";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unsignedGuest } from "../harness.js";
import type { Stage, Verdict } from "./stage.js";

/* Attacks by clients of a component that is served. */

const head = "Host: x\r\n";
/** How long a client waits for what should not happen, in milliseconds. */
const patience = 2000;

type Listening = Awaited<ReturnType<typeof startListener>>;

async function withListener(
  options: Parameters<typeof startListener>,
  act: (listening: Listening) => Promise<Verdict>,
): Promise<Verdict> {
  const listening = await startListener(...options);
  try {
    return await act(listening);
  } finally {
    listening.close();
  }
}

/** What came back until the other side closed, or the client lost its patience. */
async function exchange(port: number, text: string): Promise<string> {
  const client = await dialTo(port);
  client.socket.write(text);
  return await saidBy(client);
}

async function saidBy(client: Dialled): Promise<string> {
  const said = await Promise.race([client.closed, sleep(patience, undefined)]);
  client.socket.destroy();
  return said ?? client.said();
}

/** Sends bytes, and sees whether a guest is asked for what it must not see. */
function smuggle(text: string, target: string): Promise<Verdict> {
  return withListener([], async ({ port, asked }) => {
    const said = await exchange(port, text);
    return { succeeded: asked.includes(target), seen: `${asked.join()} ${said.slice(0, 40)}` };
  });
}

export const servingAttacks = {
  "keep a connection without a request": (): Promise<Verdict> =>
    withListener([{ headersTimeoutMs: 200 }], async ({ port }) => {
      const client = await dialTo(port);
      const end = { isThere: false };
      void client.closed.then(() => (end.isThere = true));
      for (let sent = 0; !end.isThere && sent < patience / 20; sent += 1) {
        client.socket.write("GET / HTTP/1.1\r\nX-A: b\r\n"[sent] ?? "x");
        await sleep(20);
      }
      client.socket.destroy();
      return { succeeded: !end.isThere, seen: end.isThere ? "it was closed" : "it is still open" };
    }),
  "keep others out with connections that say nothing": (): Promise<Verdict> =>
    withListener([{ most: 8 }], async ({ port }) => {
      const crowd = await Promise.all(Array.from({ length: 20 }, () => dialTo(port)));
      const said = await exchange(port, `GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
      for (const { socket } of crowd) socket.destroy();
      return { succeeded: said === "", seen: said.slice(0, 40) };
    }),
  "take away an answer with what comes behind its request": (): Promise<Verdict> =>
    withListener([], async ({ port }) => {
      const last = `GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`;
      const said = await exchange(port, `${last}GET /second HTTP/1.1\r\n${head}\r\n`);
      return { succeeded: !said.includes("200 OK"), seen: said.slice(0, 40) };
    }),
  "send a guest a body that is coded": (): Promise<Verdict> =>
    smuggle(
      `POST /coded HTTP/1.1\r\n${head}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      "POST /coded",
    ),
  "ask in a version of HTTP that is not spoken here": (): Promise<Verdict> =>
    smuggle(`GET /new HTTP/2.0\r\n${head}\r\n`, "GET /new"),
  "ask for something behind a request that was refused": (): Promise<Verdict> =>
    smuggle(
      `GET http://user@other/ HTTP/1.1\r\n${head}\r\nGET /second HTTP/1.1\r\n${head}\r\n`,
      "GET /second",
    ),
  "be asked for a body that is refused": (): Promise<Verdict> =>
    withListener(
      [
        {},
        (refused) => {
          refused.fail({ status: 413, detail: "for the test" });
          return false;
        },
      ],
      async ({ port }) => {
        const said = await exchange(
          port,
          `POST / HTTP/1.1\r\n${head}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`,
        );
        return { succeeded: said.startsWith("HTTP/1.1 100"), seen: said.slice(0, 40) };
      },
    ),
} as const;

/** Attacks by clients that need a guest behind the server. */
export const servedAttacks = {
  /** Each request that has a place keeps it: its body does not come. */
  "have all places of a server": async (stage: Stage): Promise<Verdict> => {
    const server = await stage.runtime.serve(
      {
        component: await unsignedGuest("bad-service"),
        policy: { bytes: Buffer.from(servicePolicy("concurrency: 4")), name: "service.yaml" },
        onOutput: (_stream, _bytes, done) => done(),
      },
      { port: 0 },
    );
    try {
      const crowd = await Promise.all(Array.from({ length: 8 }, () => dialTo(server.port)));
      for (const { socket } of crowd) socket.write(`POST /1 HTTP/1.1\r\n${head}Content-Length: 9\r\n\r\n`);
      const { status } = await ask(server.port, "/0");
      for (const { socket } of crowd) socket.destroy();
      // The status says which bound it was that was met.
      return { succeeded: status === 503, seen: String(status) };
    } finally {
      server.abort("the attack is over");
      await server.finished;
    }
  },
  /** The run is reused: the next request has to wait for the one whose body does not come. */
  "hold a server up by standing still": async (stage: Stage): Promise<Verdict> => {
    const rules = [
      '{ id: clocks, interface: "wasi:clocks/*" }',
      '{ id: notes, interface: "wasi:keyvalue/*", keyvalue: [{ bucket: notes, access: [read] }] }',
    ];
    const failures: string[] = [];
    const policy = servicePolicy("instances: reused, stall: 200ms", rules, "wall: 3s");
    const server = await stage.runtime.serve(
      {
        component: await unsignedGuest("web"),
        policy: { bytes: Buffer.from(policy), name: "service.yaml" },
        onOutput: (_stream, _bytes, done) => done(),
        keyvalueFolder: join(stage.folder, "keyvalue"),
        onEvent: (event) => void (event.type === "request" && failures.push(event.failure ?? "")),
      },
      { port: 0 },
    );
    try {
      const client = await dialTo(server.port);
      client.socket.write(`POST /echo HTTP/1.1\r\n${head}Content-Length: 9\r\n\r\n`);
      await client.closed;
      // Behind the one whose client stands still.
      await ask(server.port, "/hello");
      const seen = failures.join();
      return { succeeded: !seen.includes("serve.stall"), seen };
    } finally {
      server.abort("the attack is over");
      await server.finished;
    }
  },
} as const;
