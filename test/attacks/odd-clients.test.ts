import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it, type TestContext } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientExchange } from "../../runtime/sandbox/supervisor/server/client-exchange.js";
import { openListener } from "./odd-clients.js";
import { type Dialled, dialTo, until } from "./service.js";

const head = "Host: x\r\n";
/** A bound that a test waits for, in milliseconds; that there is none is seen after a minute and a half. */
const soon = 300;

function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 ([0-9]{3})/g)].map(([, status]) => Number(status));
}

/** Sends a byte every so often until the other side closes. */
async function drip(client: Dialled, text: string, everyMs: number): Promise<string> {
  const end = { isThere: false };
  void client.closed.then(() => (end.isThere = true));
  for (let at = 0; !end.isThere; at += 1) {
    client.socket.write(text[at % text.length] ?? "");
    await sleep(everyMs);
  }
  return await client.closed;
}

async function dial(t: TestContext, port: number): Promise<Dialled> {
  const client = await dialTo(port);
  t.onTestFinished(() => void client.socket.destroy());
  return client;
}

/** What comes back for bytes that a connection begins with, once the other side has closed. */
async function answersTo(t: TestContext, text: string): Promise<{ statuses: number[]; asked: string[] }> {
  const { port, asked } = await openListener(t);
  const client = await dial(t, port);
  client.socket.write(Buffer.from(text, "latin1"));
  return { statuses: statuses(await client.closed), asked };
}

describe("a client that takes its time", { timeout: 90_000 }, () => {
  it("is closed if it sends nothing", async (t) => {
    const { port } = await openListener(t, { headersTimeoutMs: soon });
    assert.equal(await (await dial(t, port)).closed, "");
  });

  it("is told if it sends its header section byte by byte", async (t) => {
    const { port, asked } = await openListener(t, { headersTimeoutMs: soon });
    const client = await dial(t, port);
    assert.deepEqual(
      statuses(await drip(client, `GET / HTTP/1.1\r\n${"X-A: b\r\n".repeat(1000)}`, 20)),
      [408],
    );
    assert.deepEqual(asked, []);
  });

  it("has no more time for its next request, however it uses it", async (t) => {
    const { port } = await openListener(t, { headersTimeoutMs: soon });
    for (const next of [undefined, `GET / HTTP/1.1\r\n${"X-A: b\r\n".repeat(1000)}`]) {
      const client = await dial(t, port);
      client.socket.write(`GET /first HTTP/1.1\r\n${head}\r\n`);
      await client.says("200 OK");
      const said = next === undefined ? await client.closed : await drip(client, next, 20);
      assert.deepEqual(statuses(said), next === undefined ? [200] : [200, 408]);
    }
  });

  it("is closed if it does not send the body of a request that was refused", async (t) => {
    const { port } = await openListener(t, { headersTimeoutMs: soon }, (exchange) => {
      exchange.fail({ status: 503, detail: "for the test" });
      return false;
    });
    const client = await dial(t, port);
    client.socket.write(`POST / HTTP/1.1\r\n${head}Content-Length: 100000\r\n\r\n`);
    assert.deepEqual(statuses(await drip(client, "x", 20)), [503]);
  });
});

describe("a crowd of connections", { timeout: 90_000 }, () => {
  for (const [what, text] of [
    ["that say nothing", ""],
    ["with half a header section", `GET / HTTP/1.1\r\n${head}`],
    [
      "with requests that were refused, whose bodies do not come",
      `POST /refuse HTTP/1.1\r\n${head}Content-Length: 9\r\n\r\n`,
    ],
    ["that have been answered", `GET / HTTP/1.1\r\n${head}\r\n`],
  ] as const) {
    it(`${what} does not keep out who has a request`, async (t) => {
      const { port } = await openListener(t, { most: 8 }, (exchange) => {
        const isRefused = exchange.head.target === "/refuse";
        exchange.fail({ status: isRefused ? 503 : 200, detail: "for the test" });
        return !isRefused;
      });
      const crowd: Dialled[] = [];
      for (let count = 0; count < 20; count += 1) {
        const client = await dial(t, port);
        client.socket.write(text);
        crowd.push(client);
      }
      const client = await dial(t, port);
      client.socket.write(`GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
      assert.deepEqual(statuses(await client.closed), [200]);
      await Promise.all(crowd.slice(0, 8).map(({ closed }) => closed));
    });
  }

  it("takes no place from a client in another network that has fewer of them", async (t) => {
    t.skip(process.platform !== "linux", "needs a loopback network of more than one address");
    const { port } = await openListener(t, { most: 8 });
    const client = await dial(t, port);
    const crowd = Array.from({ length: 20 }, () =>
      connect({ host: "127.0.0.1", port, localAddress: "127.0.0.2" })
        .on("error", () => undefined)
        .resume(),
    );
    t.onTestFinished(() => crowd.forEach((socket) => socket.destroy()));
    await Promise.all(crowd.slice(0, 8).map((socket) => once(socket, "close")));
    client.socket.write(`GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
    assert.deepEqual(statuses(await client.closed), [200]);
  });

  it("does not close the connection of a request that a guest is answering", async (t) => {
    let answer = (): void => undefined;
    const { port } = await openListener(t, { most: 4 }, (exchange: ClientExchange) => {
      answer = () => exchange.fail({ status: 200, detail: "for the test" });
      return true;
    });
    const client = await dial(t, port);
    client.socket.write(`GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
    await sleep(50);
    const crowd = await Promise.all(Array.from({ length: 20 }, () => dial(t, port)));
    await Promise.all(crowd.slice(0, 8).map(({ closed }) => closed));
    answer();
    assert.deepEqual(statuses(await client.closed), [200]);
  });
});

describe("bytes behind the last request of a connection", { timeout: 90_000 }, () => {
  const last = `GET /first HTTP/1.1\r\n${head}Connection: close\r\n\r\n`;
  for (const [what, more] of [
    ["another request", `GET /second HTTP/1.1\r\n${head}\r\n`],
    ["what is no request", "\x16\x03\x01 hello"],
    ["more than a socket holds", "x".repeat(4 << 20)],
  ] as const) {
    it(`do not take its answer away, and ask for nothing: ${what}`, async (t) => {
      const found = await answersTo(t, last + more);
      assert.deepEqual(found, { statuses: [200], asked: ["GET /first"] });
    });
  }

  it("are no requests either where it is the server that ends the connection", async (t) => {
    const text = `POST / HTTP/1.1\r\n${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\nGET /second HTTP/1.1\r\n${head}\r\n`;
    assert.deepEqual(await answersTo(t, text), { statuses: [501], asked: [] });
  });

  it("are none behind one that asks for another protocol, and gets an answer in this one", async (t) => {
    const text = `GET /first HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`;
    const found = await answersTo(t, `${text}GET /second HTTP/1.1\r\n${head}\r\n`);
    assert.deepEqual(found, { statuses: [200], asked: ["GET /first"] });
    const { port, asked } = await openListener(t);
    const client = await dial(t, port);
    client.socket.write(`${text}GET /lost HTTP/1.1\r\nX-A: b`);
    await until(() => asked.length > 0);
    client.socket.write(`GET /second HTTP/1.1\r\n${head}\r\n`);
    assert.deepEqual(statuses(await client.closed), [200]);
    assert.deepEqual(asked, ["GET /first"]);
  });

  it("do not take its answer away where they ask for a tunnel", async (t) => {
    const text = `GET /first HTTP/1.1\r\n${head}\r\nCONNECT x:80 HTTP/1.1\r\n${head}\r\n`;
    assert.deepEqual(await answersTo(t, text), { statuses: [200], asked: ["GET /first"] });
  });
});

describe("a client that expects to be asked for its body", { timeout: 90_000 }, () => {
  const expecting = (what: string, length = 5): string =>
    `POST / HTTP/1.1\r\n${head}Expect: ${what}\r\nContent-Length: ${length}\r\n\r\n`;

  it("is not asked for one that is refused, and its connection ends", async (t) => {
    const { port } = await openListener(t, {}, (exchange) => {
      exchange.fail({ status: 413, detail: "for the test" });
      return false;
    });
    const client = await dial(t, port);
    client.socket.write(expecting("100-continue", 1 << 30));
    assert.deepEqual(statuses(await client.closed), [413]);
  });

  it("is refused if it expects anything else", async (t) => {
    for (const what of ["tea", "100-continue, tea", "100-continue\r\nExpect: 100-continue"])
      assert.deepEqual(await answersTo(t, expecting(what)), { statuses: [417], asked: [] }, what);
  });
});

describe("what another reader could take for another message", { timeout: 90_000 }, () => {
  const chunked = "5\r\nhello\r\n0\r\n\r\n";
  const coded = (fields: string, version = "1.1"): string =>
    `POST / HTTP/${version}\r\n${head}${fields}\r\n\r\n${chunked}`;
  const withField = (field: string): string => `GET / HTTP/1.1\r\n${head}${field}\r\n\r\n`;
  const cases: readonly (readonly [string, number, string])[] = [
    ["HTTP/0.9", 505, `GET / HTTP/0.9\r\n${head}\r\n`],
    ["HTTP/0.9 as it was", 505, "GET /\r\n\r\n"],
    ["HTTP/1.2", 505, `GET / HTTP/1.2\r\n${head}\r\n`],
    ["HTTP/2.0", 505, `GET / HTTP/2.0\r\n${head}\r\n`],
    ["HTTP/3.0", 505, `GET / HTTP/3.0\r\n${head}\r\n`],
    ["the preface of HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["RTSP", 501, `DESCRIBE / RTSP/1.0\r\n${head}\r\n`],
    ["ICE", 400, `GET / ICE/1.0\r\n${head}\r\n`],
    ["gzip before chunked", 501, coded("Transfer-Encoding: gzip, chunked")],
    ["gzip in a field of its own", 501, coded("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked")],
    ["gzip", 501, coded("Transfer-Encoding: gzip")],
    ["chunked twice", 400, coded("Transfer-Encoding: chunked, chunked")],
    ["chunked in two fields", 400, coded("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")],
    ["identity", 501, coded("Transfer-Encoding: identity")],
    ["identity behind chunked", 400, coded("Transfer-Encoding: chunked, identity")],
    ["no coding", 501, coded("Transfer-Encoding:")],
    ["almost chunked", 501, coded("Transfer-Encoding: xchunked")],
    ["chunked with a parameter", 501, coded("Transfer-Encoding: chunked;a=b")],
    ["chunked in quotes", 501, coded('Transfer-Encoding: "chunked"')],
    ["a coding and a length", 400, coded("Transfer-Encoding: chunked\r\nContent-Length: 5")],
    ["a length and a coding", 400, coded("Content-Length: 5\r\nTransfer-Encoding: chunked")],
    ["a coding in HTTP/1.0", 400, coded("Transfer-Encoding: chunked", "1.0")],
    ["two lengths", 400, coded("Content-Length: 5\r\nContent-Length: 6")],
    ["a length twice", 400, coded("Content-Length: 5\r\nContent-Length: 5")],
    ["a list of lengths", 400, coded("Content-Length: 5, 5")],
    ["a length with a sign", 400, coded("Content-Length: +5")],
    ["a negative length", 400, coded("Content-Length: -5")],
    ["a hexadecimal length", 400, coded("Content-Length: 0x5")],
    ["no length", 400, coded("Content-Length:")],
    ["a length beyond 64 bits", 400, coded("Content-Length: 99999999999999999999")],
    ["a space before the colon", 400, coded("Content-Length : 5")],
    ["a folded field", 400, withField("X-A: b\r\n c")],
    ["a folded host", 400, "GET / HTTP/1.1\r\nHost:\r\n x\r\n\r\n"],
    ["a space before the first field", 400, `GET / HTTP/1.1\r\n X-A: b\r\n${head}\r\n`],
    ["a bare line feed", 400, withField("X-A: b\nX-C: d")],
    ["a bare carriage return", 400, withField("X-A: b\rX-C: d")],
    ["NUL in a value", 400, withField("X-A: b\0c")],
    ["NUL in a name", 400, withField("X\0A: b")],
    ["a field without a name", 400, withField(": b")],
    ["a field without a colon", 400, withField("abc")],
    ["a user before the host", 400, `GET http://user@other/ HTTP/1.1\r\n${head}\r\n`],
    ["no host in the target", 400, `GET http:/// HTTP/1.1\r\n${head}\r\n`],
    ["no host", 400, "GET / HTTP/1.1\r\n\r\n"],
    ["an empty host", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"],
    ["two hosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHOST: b\r\n\r\n"],
    ["a list of hosts", 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"],
    ["a port that none has", 400, "GET / HTTP/1.1\r\nHost: a:70000\r\n\r\n"],
    ["an asterisk for a path", 400, `GET * HTTP/1.1\r\n${head}\r\n`],
    ["a tunnel", 501, `CONNECT x:80 HTTP/1.1\r\n${head}\r\n`],
    ["very many fields", 431, withField("a: b\r\n".repeat(600).trimEnd())],
    ["a method in lower case", 400, `get / HTTP/1.1\r\n${head}\r\n`],
    ["a chunk's size with a sign", 400, coded("Transfer-Encoding: chunked").replace("5\r\nh", "-5\r\nh")],
    ["a chunk's size with 0x", 400, coded("Transfer-Encoding: chunked").replace("5\r\nh", "0x5\r\nh")],
    [
      "a chunk's size beyond 64 bits",
      400,
      coded("Transfer-Encoding: chunked").replace("5\r\nh", `${"f".repeat(18)}\r\nh`),
    ],
    [
      "a chunk's size that ends with a line feed",
      400,
      coded("Transfer-Encoding: chunked").replace("5\r\nh", "5\nh"),
    ],
    [
      "a chunk that is longer than it says",
      400,
      coded("Transfer-Encoding: chunked").replace("hello", "hello!!"),
    ],
    [
      "a length behind the body",
      400,
      coded("Transfer-Encoding: chunked").replace("0\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n"),
    ],
    [
      "a coding behind the body",
      400,
      coded("Transfer-Encoding: chunked").replace("0\r\n\r\n", "0\r\nTransfer-Encoding: gzip\r\n\r\n"),
    ],
  ];

  for (const [what, status, text] of cases) {
    it(`is refused, and what comes behind it is not read: ${what}`, async (t) => {
      const { port, asked } = await openListener(t, {}, () => true);
      const client = await dial(t, port);
      client.socket.write(Buffer.from(`${text}GET /behind HTTP/1.1\r\n${head}\r\n`, "latin1"));
      assert.deepEqual(statuses(await client.closed), [status]);
      assert.ok(!asked.includes("GET /behind"), asked.join());
    });
  }

  it("is one message where there is one reading only", async (t) => {
    const { port, asked } = await openListener(t);
    const client = await dial(t, port);
    for (const text of [
      coded("TRANSFER-ENCODING:\tChunked "),
      `HEAD /head HTTP/1.1\r\n${head}Content-Length: 5\r\n\r\nhello`,
      `GET http://other/absolute HTTP/1.1\r\n${head}\r\n`,
      `OPTIONS * HTTP/1.1\r\n${head}\r\n`,
    ])
      client.socket.write(text);
    await until(() => statuses(client.said()).length === 4);
    assert.deepEqual(asked, ["POST /", "HEAD /head", "GET /absolute", "OPTIONS *"]);
    assert.deepEqual(new Set(statuses(client.said())), new Set([200]));
  });
});
