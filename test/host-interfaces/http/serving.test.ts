import assert from "node:assert/strict";
import { test } from "vitest";
import { createHttpPackage } from "../../../host-interfaces/http/index.js";
import type { InputStream, OutputStream, Pollable } from "../../../host-interfaces/io/index.js";
import type {
  Exchange,
  FieldPairs,
  RequestFailure,
  RequestHead,
  ResponseFailure,
  ResponseHead,
} from "../../../runtime/index.js";
import { bytes } from "./client.js";
import { contextWith } from "../instance-context.js";
import { type Opened, openPackage, witErrorOf } from "./opened-package.js";
import { uncounted } from "../../attacks/uncounted.js";

/** An exchange without a client: what comes in is given beforehand, and what goes out is kept. */
class FakeExchange implements Exchange {
  readonly request: RequestHead;
  readonly pieces: Uint8Array[];
  ending: FieldPairs | RequestFailure | undefined;
  head: ResponseHead | undefined;
  body = "";
  sentTrailers: FieldPairs | undefined;
  failure: ResponseFailure | undefined;
  room: number | undefined = 65_536;
  drained = false;

  constructor(
    request: Partial<RequestHead> = {},
    pieces: readonly string[] = [],
    ending: FakeExchange["ending"] = [],
  ) {
    this.request = {
      method: "GET",
      scheme: "http",
      authority: "example.com",
      target: "/a?b=c",
      headers: [],
      client: "127.0.0.1:1",
      ...request,
    };
    this.pieces = pieces.map(bytes);
    this.ending = ending;
  }

  read(): Uint8Array | RequestFailure | undefined {
    const piece = this.pieces.shift();
    if (piece !== undefined) return piece;
    if (this.ending === undefined) return new Uint8Array();
    return typeof this.ending === "string" ? this.ending : undefined;
  }

  readonly readable = {
    ready: () => this.pieces.length > 0 || this.ending !== undefined,
    wait: () => undefined,
  };
  readonly writable = { ready: () => this.room !== 0, wait: () => undefined };

  drain(): void {
    this.drained = true;
  }

  trailers(): FieldPairs | RequestFailure | undefined {
    return this.ending;
  }

  answer(head: ResponseHead): void {
    this.head = head;
  }

  capacity(): number | undefined {
    return this.room;
  }

  write(piece: Uint8Array): void {
    this.body += Buffer.from(piece).toString("latin1");
  }

  end(trailers: FieldPairs): void {
    this.sentTrailers = trailers;
  }

  fail(failure: ResponseFailure): void {
    this.failure ??= failure;
  }
}

interface Serving {
  readonly exchange: FakeExchange;
  readonly request: Disposable;
  readonly out: Disposable;
  types(name: string, ...args: unknown[]): unknown;
  respond(headers?: readonly (readonly [string, string])[]): unknown;
  set(response: unknown): void;
  bodyOf(response: unknown): { body: Disposable; stream: OutputStream };
}

async function serving(exchange = new FakeExchange()): Promise<Serving> {
  const item = createHttpPackage();
  const http: Opened = await openPackage(item, contextWith({ imports: new Set(["wasi:http/types"]) }));
  const [request, out] = (item.entrances?.["wasi:http/incoming-handler#handle"]?.open(exchange, uncounted) ??
    []) as Disposable[];
  assert.ok(request !== undefined && out !== undefined);
  const types = (name: string, ...args: unknown[]): unknown => http.call("types", name, ...args);
  return {
    exchange,
    request,
    out,
    types,
    respond(headers = []) {
      const entries = headers.map(([name, value]) => [name, bytes(value)]);
      return types("[constructor]outgoing-response", types("[static]fields.from-list", entries));
    },
    set: (response) => void types("[static]response-outparam.set", out, { tag: "ok", val: response }),
    bodyOf(response) {
      const body = types("[method]outgoing-response.body", response) as Disposable;
      return { body, stream: types("[method]outgoing-body.write", body) as OutputStream };
    },
  };
}

const httpErrorOf = ({ types }: Serving, work: () => unknown): unknown => {
  const failed = witErrorOf(work) as { tag: string; val: unknown };
  assert.equal(failed.tag, "last-operation-failed");
  return types("http-error-code", failed.val);
};

test("a request is told as it came, and its headers cannot be changed", async () => {
  const headers = [
    ["Host", "example.com"],
    ["X-One", "1"],
    ["x-one", "\xe9"],
  ] as const;
  const { types, request } = await serving(new FakeExchange({ method: "PATCH", headers }));
  const get = (name: string): unknown => types(`[method]incoming-request.${name}`, request);
  assert.deepEqual(get("method"), { tag: "patch" });
  assert.equal(get("path-with-query"), "/a?b=c");
  assert.deepEqual(get("scheme"), { tag: "HTTP" });
  assert.equal(get("authority"), "example.com");
  const fields = get("headers");
  assert.deepEqual(types("[method]fields.get", fields, "X-ONE"), [bytes("1"), bytes("\xe9")]);
  assert.equal(types("[method]fields.has", fields, "host"), false);
  assert.deepEqual(
    witErrorOf(() => types("[method]fields.append", fields, "x", bytes("y"))),
    { tag: "immutable" },
  );
  for (const method of ["get", "REPORT"]) {
    const other = await serving(new FakeExchange({ method }));
    assert.deepEqual(other.types("[method]incoming-request.method", other.request), {
      tag: "other",
      val: method,
    });
  }
});

test("a request's body is read to its end, once, and its trailers behind it", async () => {
  const { types, request } = await serving(new FakeExchange({}, ["one", "two"], [["X-Sum", "7"]]));
  const body = types("[method]incoming-request.consume", request);
  assert.equal(
    witErrorOf(() => types("[method]incoming-request.consume", request)),
    undefined,
  );
  const stream = types("[method]incoming-body.stream", body) as InputStream;
  assert.deepEqual([stream.blockingRead(10n), stream.blockingRead(10n)], [bytes("one"), bytes("two")]);
  assert.deepEqual(
    witErrorOf(() => stream.blockingRead(10n)),
    { tag: "closed" },
  );
  stream[Symbol.dispose]();
  const future = types("[static]incoming-body.finish", body);
  assert.ok((types("[method]future-trailers.subscribe", future) as Pollable).waitable.ready());
  const taken = types("[method]future-trailers.get", future) as { val: { val: unknown } };
  assert.deepEqual(types("[method]fields.get", taken.val.val, "x-sum"), [bytes("7")]);
  assert.deepEqual(types("[method]future-trailers.get", future), { tag: "err", val: undefined });
});

test("a client that goes away, and a body that is too large, are errors with a code", async () => {
  for (const [ending, code] of [
    ["gone", { tag: "connection-terminated" }],
    ["too-large", { tag: "HTTP-request-body-size", val: undefined }],
  ] as const) {
    const open = await serving(new FakeExchange({}, ["part"], ending));
    const body = open.types("[method]incoming-request.consume", open.request);
    const stream = open.types("[method]incoming-body.stream", body) as InputStream;
    assert.deepEqual(stream.read(10n), bytes("part"));
    assert.deepEqual(
      httpErrorOf(open, () => stream.read(10n)),
      code,
    );
    stream[Symbol.dispose]();
    const future = open.types("[static]incoming-body.finish", body);
    assert.deepEqual(open.types("[method]future-trailers.get", future), {
      tag: "ok",
      val: { tag: "err", val: code },
    });
  }
});

test("a body is not finished while its stream is there", async () => {
  const { types, request, respond, bodyOf } = await serving();
  const incoming = types("[method]incoming-request.consume", request) as Disposable;
  types("[method]incoming-body.stream", incoming);
  assert.throws(() => types("[static]incoming-body.finish", incoming), { code: "GUEST_BROKE_CONTRACT" });
  const { body } = bodyOf(respond());
  assert.throws(() => types("[static]outgoing-body.finish", body, undefined), {
    code: "GUEST_BROKE_CONTRACT",
  });
  assert.throws(() => body[Symbol.dispose](), { code: "GUEST_BROKE_CONTRACT" });
});

test("a response is sent when it is set, with what was written before and after", async () => {
  const { exchange, types, respond, set, bodyOf } = await serving();
  const response = respond([
    ["X-Two", "a"],
    ["x-two", "b"],
  ]);
  types("[method]outgoing-response.set-status-code", response, 418);
  assert.equal(types("[method]outgoing-response.status-code", response), 418);
  const { body, stream } = bodyOf(response);
  stream.blockingWriteAndFlush(bytes("before "));
  assert.deepEqual([exchange.head, exchange.body], [undefined, ""]);
  set(response);
  assert.deepEqual(exchange.head, {
    status: 418,
    headers: [
      ["X-Two", "a"],
      ["x-two", "b"],
    ],
  });
  stream.write(bytes("after"));
  stream[Symbol.dispose]();
  const trailers = types("[static]fields.from-list", [["x-sum", bytes("12")]]);
  types("[static]outgoing-body.finish", body, trailers);
  assert.deepEqual(
    [exchange.body, exchange.sentTrailers, exchange.failure],
    ["before after", [["x-sum", "12"]], undefined],
  );
});

test("a length among the trailers of a response is none that the guest may state", async () => {
  const { exchange, respond, set, bodyOf, types } = await serving();
  const response = respond();
  const { body, stream } = bodyOf(response);
  set(response);
  stream[Symbol.dispose]();
  const trailers = types("[static]fields.from-list", [["Content-Length", bytes("12")]]);
  assert.throws(() => types("[static]outgoing-body.finish", body, trailers));
  assert.ok(exchange.failure !== undefined && exchange.sentTrailers === undefined);
});

test("a response whose body nobody asked for is complete without one", async () => {
  const { exchange, respond, set } = await serving();
  set(respond());
  assert.deepEqual([exchange.head?.status, exchange.sentTrailers], [200, []]);
});

test("a length that is promised is kept, or it is an error and nothing beyond it leaves", async () => {
  const promise = [
    ["content-length", "5"],
    ["Content-Length", "5"],
  ] as const;
  const more = await serving();
  const long = more.respond(promise);
  const first = more.bodyOf(long);
  more.set(long);
  assert.deepEqual(more.exchange.head?.headers, [["Content-Length", "5"]]);
  assert.deepEqual(
    httpErrorOf(more, () => first.stream.write(bytes("123456"))),
    { tag: "HTTP-response-body-size", val: 6n },
  );
  assert.equal(more.exchange.body, "");
  assert.ok(more.exchange.failure !== undefined);

  const less = await serving();
  const short = less.respond(promise);
  const second = less.bodyOf(short);
  less.set(short);
  second.stream.write(bytes("123"));
  second.stream[Symbol.dispose]();
  assert.deepEqual(
    witErrorOf(() => less.types("[static]outgoing-body.finish", second.body, undefined)),
    { tag: "HTTP-response-body-size", val: 3n },
  );
  assert.ok(less.exchange.failure !== undefined && less.exchange.sentTrailers === undefined);
});

test("an answer to HEAD states the length of a body that it does not have", async () => {
  for (const [method, complete] of [
    ["HEAD", true],
    ["GET", false],
  ] as const) {
    const { exchange, respond, set } = await serving(new FakeExchange({ method }));
    set(respond([["content-length", "100"]]));
    assert.equal(exchange.failure === undefined, complete, method);
  }
});

test("a response of status 204 states no length, whatever the guest states", async () => {
  for (const status of [204, 200]) {
    const { exchange, types, respond, set } = await serving();
    const response = respond([["Content-Length", "0"]]);
    types("[method]outgoing-response.set-status-code", response, status);
    set(response);
    assert.deepEqual(exchange.head, { status, headers: status === 204 ? [] : [["Content-Length", "0"]] });
    assert.equal(exchange.failure, undefined);
  }
});

test("a status that is none, or not the final one, is refused", async () => {
  const { types, respond } = await serving();
  const response = respond();
  for (const status of [0, 99, 100, 101, 199, 600, 65_535]) {
    assert.equal(
      witErrorOf(() => types("[method]outgoing-response.set-status-code", response, status)),
      undefined,
    );
  }
  assert.equal(types("[method]outgoing-response.status-code", response), 200);
});

test("headers of more than 64 KiB do not leave, and the body says why", async () => {
  for (const [headers, tag] of [
    [Array.from({ length: 20 }, () => ["x", "y".repeat(4000)] as const), "HTTP-response-header-section-size"],
    [
      [
        ["content-length", "1"],
        ["content-length", "2"],
      ] as const,
      "HTTP-protocol-error",
    ],
  ] as const) {
    const open = await serving();
    const response = open.respond(headers);
    const { stream } = open.bodyOf(response);
    open.set(response);
    assert.deepEqual([open.exchange.head, open.exchange.failure?.status], [undefined, 500]);
    const code = httpErrorOf(open, () => stream.write(bytes("x"))) as { tag: string };
    assert.equal(code.tag, tag);
  }
});

test("an error in place of a response is a status that says whose fault it is", async () => {
  for (const [tag, status] of [
    ["HTTP-request-denied", 403],
    ["HTTP-request-body-size", 413],
    ["connection-timeout", 504],
    ["DNS-error", 502],
    ["connection-refused", 502],
    ["internal-error", 500],
    ["loop-detected", 500],
  ] as const) {
    const { exchange, types, out } = await serving();
    types("[static]response-outparam.set", out, { tag: "err", val: { tag, val: undefined } });
    assert.equal(exchange.failure?.status, status, tag);
  }
});

test("a response-outparam that is dropped is a response that is not there", async () => {
  const { exchange, out } = await serving();
  out[Symbol.dispose]();
  assert.equal(exchange.failure?.status, 500);
});

test("a dropped body is a response that broke off, also where it was dropped before the response was set", async () => {
  for (const early of [true, false]) {
    const { exchange, respond, set, bodyOf } = await serving();
    const response = respond();
    const { body, stream } = bodyOf(response);
    stream[Symbol.dispose]();
    if (!early) set(response);
    body[Symbol.dispose]();
    if (early) set(response);
    assert.ok(exchange.failure !== undefined && exchange.sentTrailers === undefined);
  }
});

test("what is kept beyond the end of its request leads nowhere", async () => {
  const open = await serving();
  const response = open.respond();
  const { body, stream } = open.bodyOf(response);
  open.set(response);
  open.exchange.room = undefined;
  assert.deepEqual(
    httpErrorOf(open, () => stream.write(bytes("late"))),
    { tag: "connection-terminated" },
  );
  assert.deepEqual(
    witErrorOf(() => stream.checkWrite()),
    { tag: "closed" },
  );
  stream[Symbol.dispose]();
  assert.deepEqual(
    witErrorOf(() => open.types("[static]outgoing-body.finish", body, undefined)),
    { tag: "connection-terminated" },
  );
});

test("a slow client holds the guest up, and what it has said waits with it", async () => {
  const { exchange, respond, set, bodyOf } = await serving();
  const response = respond();
  const { stream } = bodyOf(response);
  set(response);
  exchange.room = 0;
  assert.equal(stream.checkWrite(), 0n);
  assert.equal(stream.subscribe().waitable.ready(), false);
  exchange.room = 3;
  assert.ok(stream.subscribe().waitable.ready());
  assert.equal(stream.checkWrite(), 3n);
  assert.throws(() => stream.write(bytes("four")), { code: "GUEST_BROKE_CONTRACT" });
});

test("a guest that only answers gets no thread for requests of its own, and sends none", async () => {
  const { types } = await serving();
  const request = types("[constructor]outgoing-request", types("[constructor]fields"));
  const body = types("[method]outgoing-request.body", request) as Disposable;
  const stream = types("[method]outgoing-body.write", body) as OutputStream;
  stream.blockingWriteAndFlush(bytes("nowhere"));
  const item = createHttpPackage();
  const prepared = await item.prepare(contextWith({ imports: new Set(["wasi:http/types"]) }));
  assert.deepEqual(Object.keys(prepared), ["types"]);
});
