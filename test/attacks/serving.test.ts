import assert from "node:assert/strict";
import { Agent } from "node:http";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Arena, linkBeforehand, openArena } from "./harness.js";
import { type Answer, callsOf, openService, type Service, servicePolicy, until } from "./service.js";

const plain = "text/plain; charset=utf-8";

/** What a client sees of a response that broke off: the words of a status where nothing of it had left yet, otherwise a
 * body that is visibly not whole. */
function assertNoAnswer({ status, complete, body }: Answer): void {
  if (complete) assert.deepEqual([status, body], [500, "500 Internal Server Error\n"]);
}

describe("a guest that answers requests badly", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
    await linkBeforehand(arena, ["bad-service"]);
  });
  afterAll(() => arena.close());

  async function withService(
    policy: string,
    use: (service: Service) => Promise<void>,
  ): Promise<{ runs: number; requests: number }> {
    const service = await openService(arena, "bad-service", { policy });
    try {
      await use(service);
    } finally {
      await service.close();
    }
    return service.server.finished;
  }

  for (const instances of ["per-request", "reused"]) {
    const policy = servicePolicy(`instances: ${instances}`);

    it(`${instances}: without a response is answered for, with the words of a status and nothing else`, async () => {
      await withService(policy, async ({ ask, events }) => {
        const answer = await ask("/0");
        assert.deepEqual([answer.status, answer.body], [500, "500 Internal Server Error\n"]);
        assert.equal(answer.headers["content-type"], plain);
        await until(() => events.some(({ type }) => type === "request"));
        const told = events.find(({ type }) => type === "request");
        assert.ok(
          told?.type === "request" && told.failure?.includes("without a response"),
          JSON.stringify(told),
        );
      });
    });

    it(`${instances}: that traps costs its client this response and nobody another one`, async () => {
      await withService(policy, async ({ ask, ended }) => {
        const answer = await ask("/7");
        assert.deepEqual([answer.status, answer.body], [500, "500 Internal Server Error\n"]);
        assert.equal((await ask("/x")).body, "fine\n");
        await until(() => ended().length > 0);
        assert.equal(ended()[0]?.outcome.kind, "trapped");
      });
    });

    it(`${instances}: that answers twice traps at the second, and the first stands`, async () => {
      await withService(policy, async ({ ask, ended }) => {
        const answer = await ask("/2");
        assert.deepEqual([answer.status, answer.body, answer.complete], [200, "fine\n", true]);
        await until(() => ended().length > 0);
        assert.equal(ended()[0]?.outcome.kind, "trapped");
      });
    });

    it(`${instances}: that finishes a body whose stream is still there traps, as the contract says`, async () => {
      await withService(policy, async ({ ask, ended }) => {
        assertNoAnswer(await ask("/3"));
        await until(() => ended().length > 0);
        const [report] = ended();
        assert.ok(
          report?.outcome.kind === "trapped" && report.outcome.detail.includes("output-stream"),
          JSON.stringify(report),
        );
      });
    });

    it(`${instances}: that traps in the middle of a body has not answered`, async () => {
      await withService(policy, async ({ ask }) => assertNoAnswer(await ask("/d")));
    });

    it(`${instances}: cannot write beyond the length that it promised, where the next response would begin`, async () => {
      await withService(policy, async ({ dial, output }) => {
        const client = await dial();
        client.socket.write("GET /4 HTTP/1.1\r\nHost: x\r\n\r\n");
        const said = await client.closed;
        assert.ok(!said.includes("GET /next"), said);
        await until(() => output().includes("survived"));
      });
    });

    it(`${instances}: that writes less than it promised has not answered, and nothing is filled in`, async () => {
      await withService(policy, async ({ ask }) => assertNoAnswer(await ask("/5")));
    });

    it(`${instances}: that drops a body unfinished has not answered`, async () => {
      await withService(policy, async ({ ask }) => assertNoAnswer(await ask("/g")));
    });

    it(`${instances}: cannot send trailers where it promised a length`, async () => {
      await withService(policy, async ({ ask, events }) => {
        assert.deepEqual((await ask("/h")).trailers, {});
        await until(() => events.some(({ type }) => type === "request"));
        const told = events.find(({ type }) => type === "request");
        assert.ok(told?.type === "request" && told.failure?.includes("trailer"), JSON.stringify(told));
      });
    });

    it(`${instances}: that sends more headers than the limit is answered for, and the header does not leave`, async () => {
      await withService(policy, async ({ ask }) => {
        const answer = await ask("/6");
        assert.deepEqual([answer.status, answer.headers["x-one"]], [500, undefined]);
      });
    });
  }

  it("cannot put a line end into a header, and so none into another response", async () => {
    await withService(servicePolicy("instances: reused"), async ({ ask }) => {
      const answer = await ask("/e");
      assert.equal(answer.body, "11");
      assert.equal(answer.headers["set-cookie"], undefined);
    });
  });

  it("cannot set what frames a message or belongs to the connection", async () => {
    await withService(servicePolicy("instances: reused"), async ({ ask }) => {
      assert.equal((await ask("/i")).body, "222");
    });
  });

  it("cannot give a response a status that none has, or one that leaves the client waiting", async () => {
    await withService(servicePolicy("instances: reused"), async ({ ask }) => {
      assert.equal((await ask("/f")).body, "111110");
    });
  });

  it("that never answers is ended by limits.wall, and its client is told with 504", async () => {
    await withService(servicePolicy("instances: reused", [], "wall: 5s"), async ({ ask, ended }) => {
      const answer = await ask("/8");
      assert.deepEqual([answer.status, answer.body], [504, "504 Gateway Timeout\n"]);
      await until(() => ended().length > 0);
      const [report] = ended();
      assert.ok(report?.outcome.kind === "trapped" && report.outcome.detail.includes("limits.wall"));
      assert.equal((await ask("/x")).status, 200, "the next request gets another run");
    });
  });

  it("that computes on after its answer is ended by limits.wall, and the answer stands", async () => {
    await withService(servicePolicy("instances: per-request", [], "wall: 4s"), async ({ ask, ended }) => {
      const answer = await ask("/c");
      assert.deepEqual([answer.status, answer.body, answer.complete], [200, "fine\n", true]);
      await until(() => ended().length > 0);
      assert.equal(ended()[0]?.outcome.kind, "trapped");
    });
  });

  it("that throws its response-outparam away has its client told at once, while it goes on", async () => {
    await withService(servicePolicy("instances: reused", [], "wall: 2s"), async ({ ask, ended }) => {
      const answer = await ask("/1");
      assert.equal(answer.status, 500);
      assert.equal(ended().length, 0, "the guest still computes");
    });
  });

  it("that keeps handles of one request reaches nothing of it, and nothing of the next, through them", async () => {
    await withService(servicePolicy("instances: reused"), async ({ ask }) => {
      const first = await ask("/9", { method: "POST", body: "a body that nobody reads" });
      assert.equal(first.status, 500);
      const second = await ask("/a", { method: "POST", body: "the body of somebody else" });
      assert.deepEqual([second.status, second.body.length, second.body.startsWith("1")], [200, 1, true]);
    });
  });

  it("that answers each request in a run of its own has no handle of an earlier one", async () => {
    await withService(servicePolicy("instances: per-request"), async ({ ask, ended }) => {
      await ask("/9", { method: "POST", body: "a body that nobody reads" });
      assert.equal((await ask("/a", { method: "POST", body: "the body of somebody else" })).status, 500);
      await until(() => ended().length === 2);
      const trapped = ended().find(({ outcome }) => outcome.kind === "trapped");
      assert.ok(
        trapped?.outcome.kind === "trapped" && /handle/.test(trapped.outcome.detail),
        JSON.stringify(trapped),
      );
    });
  });

  it("that keeps what the host holds for it from request to request is held to one limit for all of it", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const policy = servicePolicy("instances: reused, requestsPerInstance: 100000");
    await withService(policy, async ({ ask, ended }) => {
      for (let asked = 0; ended().length === 0 && asked < 30_000; asked += 1) await ask("/9", { agent });
      agent.destroy();
      const outcome = ended()[0]?.outcome;
      assert.ok(outcome?.kind === "trapped" && /limits\.memory.*behind its handles/.test(outcome.detail));
    });
  });

  it("that writes without end is held back by its client, and told when the client is gone", async () => {
    await withService(
      servicePolicy("instances: reused", [], "wall: 60s, bytesOut: 1GiB"),
      async (service) => {
        const client = await service.dial();
        client.socket.write("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
        await client.says("200 OK");
        client.socket.pause();
        client.socket.destroy();
        await until(() => service.output().includes("failed"));
        assert.equal((await service.ask("/x")).status, 200, "the same run goes on");
        assert.equal(service.ended().length, 0);
      },
    );
  });

  it("that writes without end goes over limits.bytesOut, and its client sees the connection break off", async () => {
    await withService(
      servicePolicy("instances: reused", [], "wall: 60s, bytesOut: 1MiB"),
      async ({ ask, ended }) => {
        const answer = await ask("/b");
        assert.equal(answer.complete, false);
        assert.ok(answer.body.length <= 1 << 20);
        await until(() => ended().length > 0);
        const [report] = ended();
        assert.ok(report?.outcome.kind === "trapped" && report.outcome.detail.includes("bytesOut"));
      },
    );
  });

  it("has limits for each request, also where its run is reused", async () => {
    const policy = servicePolicy("instances: reused", [], "wall: 60s, hostCalls: 12");
    await withService(policy, async ({ ask, ended }) => {
      for (let time = 0; time < 5; time += 1) assert.equal((await ask("/x")).body, "fine\n");
      assert.equal(ended().length, 0);
    });
  });

  it("is in the lineage request by request, with what was asked and what was answered", async () => {
    await withService(servicePolicy("instances: reused"), async (service) => {
      await service.ask("/x?secret=1");
      await service.ask("/0", { method: "PUT" });
      await service.close();
      const [report] = service.ended();
      const calls = callsOf(arena, report?.run ?? "");
      const asked = calls.filter(({ name }) => name.endsWith("incoming-handler@0.2.0 handle"));
      assert.deepEqual(
        asked.map(({ facts }) => {
          const { method, path, scheme, authority, client } = facts as Record<string, string>;
          return [method, path, scheme, authority, client?.startsWith("127.0.0.1:")];
        }),
        [
          ["GET", "/x", "http", service.server.address, true],
          ["PUT", "/0", "http", service.server.address, true],
        ],
      );
      const answered = calls.filter(({ name }) => name.endsWith("[static]response-outparam.set"));
      assert.deepEqual(
        answered.map(({ facts }) => facts),
        [{ status: 200 }],
      );
    });
  });
});
