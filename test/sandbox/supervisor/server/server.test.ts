import assert from "node:assert/strict";
import { Agent } from "node:http";
import { afterAll, beforeAll, describe, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { isWrunError } from "wrun";
import { type Arena, linkBeforehand, openArena, unsignedGuest } from "../../../attacks/harness.js";
import { callsOf, openService, type Service, servicePolicy, until } from "../../../attacks/service.js";

const rules = [
  '{ id: clocks, interface: "wasi:clocks/*" }',
  '{ id: notes, interface: "wasi:keyvalue/*", keyvalue: [{ bucket: notes, access: [read, write] }] }',
];

describe("a server", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
    await linkBeforehand(arena, ["web", "greeter"]);
  });
  afterAll(() => arena.close());

  async function serving(
    serve: string,
    use: (service: Service) => Promise<void>,
    limits?: string,
  ): Promise<Service> {
    const service = await openService(arena, "web", {
      policy: servicePolicy(serve, rules, limits),
      keyvalueFolder: arena.keyvalue,
    });
    try {
      await use(service);
    } finally {
      await service.close();
    }
    return service;
  }

  it("gives each request a run of its own, with genesis, records and seal", async () => {
    const service = await serving("instances: per-request", async ({ ask }) => {
      for (const path of ["/hello", "/nothing"]) await ask(path);
    });
    const reports = service.ended();
    assert.deepEqual(
      reports.map(({ outcome }) => outcome),
      [
        { kind: "served", exitCode: 0, requests: 1 },
        { kind: "served", exitCode: 0, requests: 1 },
      ],
    );
    assert.equal(new Set(reports.map(({ run }) => run)).size, 2);
    const kinds = [...arena.runtime.readRun(reports[0]?.run ?? "")].map(({ kind }) => kind);
    assert.deepEqual([kinds[0], kinds[1], kinds.at(-1)], ["genesis", "authorization", "seal"]);
  });

  it("serves many requests in one run where the policy says so, and seals it after as many as the policy says", async () => {
    const service = await serving("instances: reused, requestsPerInstance: 3", async ({ ask }) => {
      for (let time = 0; time < 7; time += 1) assert.equal((await ask("/hello")).body, "hello\n");
    });
    assert.deepEqual(
      // A run is sealed while the next one serves, and either may be through first.
      service
        .ended()
        .map(({ outcome }) => (outcome.kind === "served" ? outcome.requests : 0))
        .toSorted((one, other) => other - one),
      [3, 3, 1],
    );
    const { requests, runs } = await service.server.finished;
    assert.deepEqual([requests, runs], [7, 3]);
  });

  it("keeps nothing in a guest from one request to the next where each has a run of its own", async () => {
    const service = await openService(arena, "greeter", { policy: servicePolicy("instances: per-request") });
    const runs = new Set<string | null>();
    for (let time = 0; time < 2; time += 1) await service.ask("/");
    await service.close();
    for (const event of service.events) if (event.type === "request") runs.add(event.run);
    assert.equal(runs.size, 2);
  });

  it("passes on method, target, authority and headers, without what belongs to the connection", async () => {
    await serving("instances: reused", async ({ dial }) => {
      const client = await dial();
      client.socket.write("REPORT /head?q=1&q=2 HTTP/1.1\r\nHost: example.com:81\r\nTE: trailers\r\n");
      client.socket.write("X-Mine: a\r\nx-mine: b\r\nConnection: close\r\n\r\n");
      const [, body] = (await client.closed).split("\r\n\r\n");
      assert.deepEqual(body?.trimEnd().split("\n"), [
        "REPORT /head?q=1&q=2",
        "HTTP example.com:81",
        "X-Mine: a",
        "x-mine: b",
      ]);
    });
  });

  it("streams bodies that are larger than any buffer on the way, both ways at once", async () => {
    await serving("instances: reused", async ({ ask }) => {
      const body = Buffer.alloc(3_000_000, "wrun ");
      const answer = await ask("/echo", { method: "POST", body });
      assert.equal(answer.body.length, body.length);
      assert.ok(Buffer.from(answer.body, "latin1").equals(body));
    });
  });

  it("sends what the guest has written before the guest is through", async () => {
    await serving("instances: reused", async ({ dial }) => {
      const client = await dial();
      client.socket.write(
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
      );
      await client.says("first");
      client.socket.write("6\r\nsecond\r\n0\r\n\r\n");
      await client.says("second");
      client.socket.destroy();
    });
  });

  it("passes trailers on in both directions", async () => {
    await serving("instances: reused", async ({ dial }) => {
      const client = await dial();
      client.socket.write("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.socket.write("4\r\nbody\r\n0\r\nX-Sum: 42\r\n\r\n");
      await client.says("X-Sum: 42\r\n\r\n");
      client.socket.destroy();
    });
  });

  it("answers a client that has closed its half of the connection", async () => {
    await serving("instances: reused", async ({ dial }) => {
      const client = await dial();
      client.socket.end("GET /slow?3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      const said = await client.closed;
      assert.equal(said.match(/tick/g)?.length, 3, said);
    });
  });

  it("keeps answers in the order of requests that come in one after the other on one connection", async () => {
    await serving("instances: reused", async ({ dial }) => {
      const client = await dial();
      client.socket.end(
        "GET /slow?2 HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      );
      const said = await client.closed;
      assert.ok(said.indexOf("tick") > 0 && said.indexOf("tick") < said.indexOf("hello"), said);
    });
  });

  it("uses a connection again, and answers HEAD and HTTP/1.0 as they want it", async () => {
    await serving("instances: reused", async ({ ask, dial }) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let time = 0; time < 3; time += 1) assert.equal((await ask("/hello", { agent })).body, "hello\n");
      const head = await ask("/hello", { agent, method: "HEAD" });
      assert.deepEqual([head.body, head.headers["content-length"]], ["", "6"]);
      agent.destroy();
      const old = await dial();
      old.socket.write("GET /big?1 HTTP/1.0\r\n\r\n");
      const said = await old.closed;
      assert.ok(
        said.endsWith(`\r\n\r\n${"x".repeat(1024)}`) && !/transfer-encoding/i.test(said),
        said.slice(0, 300),
      );
    });
  });

  it("tells a guest that its client is gone, and goes on with the next request", async () => {
    await serving("instances: reused", async (service) => {
      const client = await service.dial();
      client.socket.write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it");
      await client.says("half of it");
      client.socket.destroy();
      assert.equal((await service.ask("/hello")).status, 200);
      await until(() => service.events.filter(({ type }) => type === "request").length === 2);
      const [first] = service.events.filter((event) => event.type === "request");
      assert.match(first?.failure ?? "", /went away/);
    });
  });

  it("refuses with 503 whoever comes when as many requests are there as the policy permits", async () => {
    await serving("instances: reused, concurrency: 2, perClient: 2", async ({ ask }) => {
      const slow = [ask("/slow?20"), ask("/slow?1")];
      const answers = await Promise.all([...slow, ask("/hello"), ask("/hello")]);
      assert.deepEqual(
        answers.map(({ status }) => status).sort((a, b) => a - b),
        [200, 200, 503, 503],
      );
      assert.equal((await ask("/hello")).status, 200);
    });
  });

  it("waits for no client that has stopped sending, and goes on with the next request", async (t) => {
    t.skip(process.platform !== "linux", "only Linux says what a client has taken");
    await serving("instances: reused, stall: 200ms", async (service) => {
      const client = await service.dial();
      client.socket.write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it");
      assert.equal((await service.ask("/hello")).status, 200);
      const first = service.events.find((event) => event.type === "request" && event.path === "/echo");
      assert.match(first?.type === "request" ? (first.failure ?? "") : "", /serve\.stall/);
      client.socket.destroy();
    });
  });

  it("waits for no client that has stopped reading, and goes on with the next request", async (t) => {
    t.skip(process.platform !== "linux", "only Linux says what a client has taken");
    await serving("instances: reused, stall: 200ms", async (service) => {
      const client = await service.dial();
      client.socket.pause();
      client.socket.write("GET /big?65536 HTTP/1.1\r\nHost: x\r\n\r\n");
      await until(() => client.socket.bytesWritten > 0);
      assert.equal((await service.ask("/hello")).status, 200);
      const first = service.events.find((event) => event.type === "request" && event.path === "/big");
      assert.match(first?.type === "request" ? (first.failure ?? "") : "", /serve\.stall/);
      client.socket.destroy();
    });
  });

  it("keeps a client that reads slowly and steadily, though the kernel makes room in large steps", async () => {
    await serving("instances: reused, stall: 400ms", async (service) => {
      const { socket, closed } = await service.dial();
      socket.pause();
      socket.write("GET /big?16384 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      for (let times = 0; times < 80; times += 1) {
        await sleep(50);
        socket.read(Math.min(51_200, socket.readableLength));
      }
      assert.deepEqual(
        service.events.filter(({ type }) => type === "request"),
        [],
      );
      socket.resume();
      assert.ok((await closed).endsWith("\r\n0\r\n\r\n"), "all of its answer");
    });
  });

  it("does not wait for a body that its guest does not read", async () => {
    await serving("instances: reused, stall: 200ms", async ({ dial }) => {
      const { socket, says, said, closed } = await dial();
      socket.write("POST /slow?75 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n");
      socket.write("Connection: close\r\n\r\n");
      await Promise.race([says("\r\n0\r\n\r\n"), closed]);
      assert.equal(said().match(/tick/g)?.length, 75);
      socket.write("hello");
      await closed;
    });
  });

  it("leaves half of the places to others when one client has all that it may have", async () => {
    await serving("instances: reused, concurrency: 4", async ({ ask, events }) => {
      const paths = ["/slow?20", "/slow?1", "/hello", "/hello"];
      const answers = await Promise.all(paths.map((path) => ask(path)));
      assert.deepEqual(
        answers.map(({ status }) => status).sort((a, b) => a - b),
        [200, 200, 429, 429],
      );
      const told = events.flatMap((event) => (event.type === "request" ? [event.failure ?? ""] : []));
      assert.equal(told.filter((failure) => failure.includes("serve.perClient")).length, 2);
      assert.equal((await ask("/hello")).status, 200);
    });
  });

  it("refuses a body that is too large, by its length or when it has become so", async () => {
    await serving("instances: reused, requestBody: 100kB", async ({ ask, dial }) => {
      const body = Buffer.alloc(100_001);
      assert.equal((await ask("/echo", { method: "POST", body })).status, 413);
      assert.equal((await ask("/echo", { method: "POST", body: Buffer.alloc(100_000) })).status, 200);
      const client = await dial();
      client.socket.write("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n");
      client.socket.write(body);
      client.socket.write("\r\n0\r\n\r\n");
      assert.ok(!(await client.closed).includes("\r\n0\r\n\r\n"), "its echo is never complete");
    });
  });

  it("asks for a body that was only announced, and for none that is too large", async () => {
    await serving("instances: reused, requestBody: 100kB", async ({ dial }) => {
      for (const [length, first] of [
        [5, "100"],
        [100_001, "413"],
      ] as const) {
        const client = await dial();
        client.socket.write(
          `POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n`,
        );
        client.socket.write("Connection: close\r\n\r\n");
        await client.says("\r\n\r\n");
        assert.equal(/^HTTP\/1\.1 (\d+)/.exec(client.said())?.[1], first);
        if (first === "100") client.socket.write("hello");
        const said = await client.closed;
        assert.equal(said.includes("HTTP/1.1 200 OK") && said.includes("hello"), first === "100", said);
      }
    });
  });

  it("has a body that stops end with the time for its request", async () => {
    const service = await serving(
      "instances: reused",
      async ({ dial, events }) => {
        const client = await dial();
        client.socket.write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
        await client.closed;
        await until(() => events.some(({ type }) => type === "request"));
      },
      "wall: 2s",
    );
    const [told] = service.events.filter((event) => event.type === "request");
    assert.match(told?.failure ?? "", /limits\.wall/);
  });

  it("refuses what is no request, and what servers read in different ways", async () => {
    await serving("instances: reused", async ({ dial }) => {
      for (const [text, status] of [
        ["this is no request\r\n\r\n", 400],
        ["GET / HTTP/1.1\r\n\r\n", 400],
        ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
        ["GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
        [
          "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          400,
        ],
        ["GET / HTTP/1.1\r\nHost: x\r\nX-A: b\n c\r\n\r\n", 400],
        [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(70_000)}\r\n\r\n`, 431],
        [`GET /${"x".repeat(9_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
      ] as const) {
        const client = await dial();
        client.socket.write(text);
        await client.says("\r\n\r\n");
        assert.equal(/^HTTP\/1\.1 (\d+)/.exec(client.said())?.[1], String(status), text.slice(0, 80));
        client.socket.destroy();
      }
    });
  });

  it("answers what is under way when it is stopped, and takes nothing more", async () => {
    await serving("instances: reused", async ({ ask, dial, server }) => {
      const client = await dial();
      // Both are there when the first is being answered, since they came together.
      client.socket.write("GET /slow?20 HTTP/1.1\r\nHost: x\r\n\r\nGET /slow?5 HTTP/1.1\r\nHost: x\r\n\r\n");
      await client.says("tick");
      server.stop();
      assert.equal((await ask("/hello")).status, 0, "nobody listens any more");
      assert.equal((await client.closed).match(/tick/g)?.length, 25);
      assert.deepEqual((await server.finished).end, { kind: "stopped" });
    });
  });

  it("says which port it was given, and that one is taken", async () => {
    await serving("instances: reused", async ({ server }) => {
      assert.ok(server.port > 0 && server.url === `http://127.0.0.1:${server.port}`);
      const policy = { bytes: Buffer.from(servicePolicy("instances: reused", rules)), name: "p" };
      const component = await unsignedGuest("web");
      await assert.rejects(
        arena.runtime.serve({ component, policy }, { port: server.port }),
        (error) =>
          isWrunError(error) && error.code === "SERVE_ADDRESS_UNUSABLE" && error.message.includes("already"),
      );
    });
  });

  it("refuses a component that answers no requests", async () => {
    await assert.rejects(
      openService(arena, "hello-0.2.6", { policy: servicePolicy("instances: reused") }),
      (error) =>
        isWrunError(error) &&
        error.code === "COMPONENT_SERVES_NOTHING" &&
        error.message.includes("wasi:cli/run"),
    );
  });

  it("ends with its runtime", async () => {
    const other = await openArena({ like: arena.home });
    const service = await openService(other, "greeter");
    await service.ask("/");
    other.runtime.close();
    const { end } = await service.server.finished;
    assert.equal(end.kind, "stopped");
    assert.equal(service.ended()[0]?.outcome.kind, "stopped");
    await other.close();
  });

  it("has each request in the lineage of its run, around the calls that were made for it", async () => {
    const service = await serving("instances: reused", async ({ ask }) => {
      await ask("/notes/a", { method: "PUT", body: "kept" });
      assert.equal((await ask("/notes/a")).body, "kept");
    });
    const calls = callsOf(arena, service.ended()[0]?.run ?? "").map(({ name }) => name.replace(/@[^ ]+/, ""));
    const handled = calls.flatMap((name, index) =>
      name === "wasi:http/incoming-handler handle" ? index : [],
    );
    assert.equal(handled.length, 2);
    const [first = 0, second = 0] = handled;
    assert.ok(calls.slice(first, second).includes("wasi:keyvalue/store [method]bucket.set"));
    assert.ok(calls.slice(second).includes("wasi:keyvalue/store [method]bucket.get"));
  });
});
