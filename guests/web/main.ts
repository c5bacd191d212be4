import { subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.12";
import {
  Fields,
  IncomingBody,
  type IncomingRequest,
  OutgoingBody,
  OutgoingResponse,
  ResponseOutparam,
} from "wasi:http/types@0.2.12";
import { open } from "wasi:keyvalue/store@0.2.0-draft2";
import { decodeText, encodeText } from "../client/text.js";
import { describeError } from "../client/wit-error.js";

// An honest service.
//
//   GET /hello             a greeting
//   ANY /echo              the request's body as it comes, and its trailers behind it
//   ANY /head              the request's method, target, authority and headers, one a line
//   GET /big?N             N kilobytes
//   GET /slow?N            N lines, one every 20 ms
//   PUT, GET /notes/KEY    keeps a note, and gives it back
//
// Everything else is 404.

type Entries = readonly (readonly [string, string])[];
type Writer = (bytes: Uint8Array) => void;
type Trailers = Parameters<typeof OutgoingBody.finish>[1];

const kilobyte = new Uint8Array(1024).fill(120);
const longest = 4096;

export const incomingHandler = {
  handle(request: IncomingRequest, out: ResponseOutparam): void {
    const [path = "/", query = ""] = (request.pathWithQuery() ?? "/").split("?");
    try {
      route(request, out, path, query);
    } catch (error) {
      text(out, 500, `${describeError(error)}\n`);
    }
  },
};

function route(request: IncomingRequest, out: ResponseOutparam, path: string, query: string): void {
  if (path === "/hello") return text(out, 200, "hello\n");
  if (path === "/head") return text(out, 200, describe(request));
  if (path === "/echo") return echo(request, out);
  if (path === "/big") return repeat(out, Number(query), (write) => write(kilobyte));
  if (path === "/slow") return repeat(out, Number(query), slowly);
  if (path.startsWith("/notes/")) return notes(request, out, path.slice("/notes/".length));
  return text(out, 404, "not found\n");
}

function describe(request: IncomingRequest): string {
  const method = request.method();
  const fields = request.headers();
  const lines = [
    `${method.tag === "other" ? method.val : method.tag} ${request.pathWithQuery() ?? "none"}`,
    `${request.scheme()?.tag ?? "none"} ${request.authority() ?? "none"}`,
    ...fields.entries().map(([name, value]) => `${name}: ${String.fromCharCode(...value)}`),
  ];
  fields[Symbol.dispose]();
  return `${lines.join("\n")}\n`;
}

/** Nothing of it is kept: what has come in goes out before more comes in. */
function echo(request: IncomingRequest, out: ResponseOutparam): void {
  const body = request.consume();
  answer(out, 200, [], (write) => {
    for (const bytes of read(body)) for (const piece of pieces(bytes)) write(piece);
    return trailersOf(body);
  });
}

function notes(request: IncomingRequest, out: ResponseOutparam, key: string): void {
  const bucket = open("notes");
  if (request.method().tag === "get") {
    const note = bucket.get(key) ?? undefined;
    return note === undefined ? text(out, 404, "no such note\n") : text(out, 200, decodeText(note));
  }
  const body = request.consume();
  const note: number[] = [];
  for (const bytes of read(body)) note.push(...bytes);
  body[Symbol.dispose]();
  bucket.set(key, new Uint8Array(note));
  return text(out, 201, "kept\n");
}

function repeat(out: ResponseOutparam, times: number, act: (write: Writer) => void): void {
  answer(out, 200, [], (write) => {
    for (let done = 0; done < times; done += 1) act(write);
    return undefined;
  });
}

function slowly(write: Writer): void {
  write(encodeText("tick\n"));
  const later = subscribeDuration(20_000_000);
  later.block();
  later[Symbol.dispose]();
}

function text(out: ResponseOutparam, status: number, content: string): void {
  const bytes = encodeText(content);
  answer(out, status, [["content-length", String(bytes.length)]], (write) => {
    for (const piece of pieces(bytes)) write(piece);
    return undefined;
  });
}

/** What `fill` returns are the trailers. */
function answer(
  out: ResponseOutparam,
  status: number,
  headers: Entries,
  fill: (write: Writer) => Trailers,
): void {
  const fields = Fields.fromList(headers.map(([name, value]) => [name, encodeText(value)]));
  const response = new OutgoingResponse(fields);
  response.setStatusCode(status);
  const body = response.body();
  ResponseOutparam.set(out, { tag: "ok", val: response });
  const stream = body.write();
  const trailers = fill((bytes) => stream.blockingWriteAndFlush(bytes));
  stream[Symbol.dispose]();
  OutgoingBody.finish(body, trailers);
}

function* read(body: IncomingBody): Generator<Uint8Array> {
  const stream = body.stream();
  try {
    for (;;) yield stream.blockingRead(65_536);
  } catch (error) {
    if (describeError(error) !== "closed") throw error;
  } finally {
    stream[Symbol.dispose]();
  }
}

/** Consumes the body, and waits for what comes behind it. */
function trailersOf(body: IncomingBody): Trailers {
  const future = IncomingBody.finish(body);
  const ready = future.subscribe();
  ready.block();
  ready[Symbol.dispose]();
  const taken = future.get();
  const trailers = taken?.tag === "ok" && taken.val.tag === "ok" ? (taken.val.val ?? undefined) : undefined;
  const copy = trailers?.clone();
  trailers?.[Symbol.dispose]();
  future[Symbol.dispose]();
  return copy;
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += longest) yield bytes.subarray(at, at + longest);
}
