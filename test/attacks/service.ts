import { once } from "node:events";
import { type IncomingMessage, request, type RequestOptions } from "node:http";
import { connect, type Socket } from "node:net";
import {
  isProven,
  type RunReport,
  type ServeReport,
  type ServeRequest,
  type Server,
  type ServerEvent,
  type StoredRecord,
} from "wrun";
import { type Arena, policyOf, unsignedGuest } from "./harness.js";

/** A server with a guest behind it, and what was seen of it. */
export interface Service {
  readonly server: Server;
  readonly events: ServerEvent[];
  /** What the guest printed. */
  readonly output: () => string;
  ask(path: string, options?: AskOptions): Promise<Answer>;
  /** A connection of one's own. */
  dial(): Promise<Dialled>;
  /** The reports of the runs that have ended. */
  ended(): RunReport[];
  /** Stops it, and makes sure that every run is proven. */
  close(): Promise<ServeReport>;
}

export interface AskOptions extends Pick<RequestOptions, "method" | "headers" | "agent"> {
  readonly body?: string | Buffer;
}

export interface Answer {
  /** 0 where the connection broke before there was any. */
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
  readonly trailers: NodeJS.Dict<string>;
  /** Whether all of it came. */
  readonly complete: boolean;
}

export interface Dialled {
  readonly socket: Socket;
  /** Everything that has come so far. */
  said(): string;
  says(text: string): Promise<void>;
  /** Everything that came until the other side closed. */
  readonly closed: Promise<string>;
}

export interface ServiceOptions extends Partial<Omit<ServeRequest, "policy" | "onEvent" | "onOutput">> {
  readonly policy?: string;
  readonly onEvent?: (event: ServerEvent) => void;
}

/** A manifest whose guest answers requests. */
export function servicePolicy(serve: string, rules: readonly string[] = [], limits = "wall: 60s"): string {
  return policyOf(rules, `limits: { ${limits}, memory: 32MiB }\nserve: { ${serve} }`);
}

export async function openService(
  arena: Pick<Arena, "runtime">,
  name: string,
  options: ServiceOptions = {},
): Promise<Service> {
  const { policy = servicePolicy("instances: reused"), onEvent, ...rest } = options;
  const events: ServerEvent[] = [];
  let output = "";
  const server = await arena.runtime.serve(
    {
      ...rest,
      component: rest.component ?? (await unsignedGuest(name)),
      policy: { bytes: Buffer.from(policy), name: "service.yaml" },
      onEvent(event) {
        events.push(event);
        onEvent?.(event);
      },
      onOutput(_, bytes, done) {
        output += Buffer.from(bytes).toString("utf8");
        done();
      },
    },
    { port: 0 },
  );
  const ended = (): RunReport[] => events.flatMap((event) => (event.type === "ended" ? event.report : []));
  return {
    server,
    events,
    ended,
    output: () => output,
    ask: (path, more) => ask(server.port, path, more),
    dial: () => dialTo(server.port),
    async close() {
      server.stop();
      const report = await server.finished;
      for (const { run } of ended()) {
        const [lineage] = await arena.runtime.verifyLineage(run);
        if (lineage === undefined || !isProven(lineage))
          throw new Error(`the lineage of ${run} does not verify`);
      }
      return report;
    },
  };
}

/** One request on a connection of its own, unless an agent is given. */
export function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve) => {
    const broken = { status: 0, headers: {}, body: "", trailers: {}, complete: false };
    const client = request({ host: "127.0.0.1", port, path, agent: false, ...rest }, (response) => {
      void take(response).then(resolve);
    });
    client.on("error", () => resolve(broken));
    client.end(body);
  });
}

async function take(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch {
    // It broke off; what came before counts.
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString("latin1"),
    trailers: response.trailers,
    complete: response.complete,
  };
}

/** A connection of one's own to a port of this machine. */
export async function dialTo(port: number): Promise<Dialled> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  let text = "";
  let check = (): void => undefined;
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString("latin1");
    check();
  });
  socket.on("error", () => undefined);
  const closed = new Promise<string>((resolve) => {
    for (const event of ["end", "close"]) socket.once(event, () => resolve(text));
  });
  await once(socket, "connect");
  return {
    socket,
    closed,
    said: () => text,
    says: (wanted) =>
      new Promise((resolve) => {
        check = () => {
          if (text.includes(wanted)) resolve();
        };
        check();
      }),
  };
}

/** The calls of a run by name, with the facts of each, as its lineage has them. */
export function callsOf(arena: Arena, run: string): { name: string; facts: unknown }[] {
  return [...arena.runtime.readRun(run)].flatMap((record: StoredRecord) =>
    record.kind === "intent"
      ? [{ name: `${record.body.interface} ${record.body.function}`, facts: record.body.facts[0] }]
      : [],
  );
}

/** Resolves once `holds`. A wait that would never end fails, so that it does not look like a slow machine. */
export async function until(holds: () => boolean): Promise<void> {
  const patience = Date.now() + 90_000;
  while (!holds()) {
    if (Date.now() > patience) throw new Error(`what was waited for did not happen: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
