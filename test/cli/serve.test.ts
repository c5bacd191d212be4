import assert from "node:assert/strict";
import { createServer } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { ask } from "../attacks/service.js";
import { assertRefused, type Bench, guest, openBench, type Started } from "./harness.js";

const unsigned = ["--allow-unsigned", "--port", "0"];

describe("wrun serve", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  async function portOf(started: Started): Promise<number> {
    await started.says("http://127.0.0.1:");
    return Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(started.said())?.[1]);
  }

  it("says where it listens, answers, and ends with 0 when it is interrupted", async () => {
    const started = bench.start(["serve", guest("greeter"), ...unsigned]);
    const port = await portOf(started);
    assert.equal((await ask(port, "/")).body, "hello\n");
    started.child.kill("SIGTERM");
    const { code, stdout, stderr } = await started.ended;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `serving ${guest("greeter")} at http://127.0.0.1:${port}\n`);
    assert.match(stderr, /after 1 requests in 1 runs/);
  });

  it("answers what is under way before it ends", async () => {
    const flags = ["--keyvalue", "stores::notes", "--instances", "reused"];
    const started = bench.start(["serve", guest("web"), ...unsigned, ...flags]);
    const port = await portOf(started);
    const answer = ask(port, "/slow?30");
    await ask(port, "/nothing");
    const next = ask(port, "/slow?10");
    started.child.kill("SIGINT");
    assert.equal((await answer).body.match(/tick/g)?.length, 30);
    const { status, complete } = await next;
    assert.ok(status === 0 || complete, "either nobody took it, or it was answered in full");
    assert.equal((await started.ended).code, 0);
  });

  it("prints one JSON object a line with --json, and nothing else on stdout", async () => {
    const started = bench.start([
      "serve",
      guest("bad-service"),
      ...unsigned,
      "--json",
      "--instances",
      "reused",
    ]);
    const port = await portOf(started);
    await ask(port, "/x?secret");
    await ask(port, "/7");
    started.child.kill("SIGINT");
    const { stdout, code } = await started.ended;
    assert.equal(code, 0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(lines[0], {
      event: "listening",
      url: `http://127.0.0.1:${port}`,
      address: `127.0.0.1:${port}`,
    });
    const requests = lines.filter(({ event }) => event === "request");
    assert.deepEqual(
      requests.map(({ method, path, status, failure }) => [method, path, status, typeof failure]),
      [
        ["GET", "/x", 200, "object"],
        ["GET", "/7", 500, "string"],
      ],
    );
    const [run = {}] = lines.filter(({ event }) => event === "run");
    assert.equal((run["outcome"] as { kind: string }).kind, "trapped");
    const { event, requests: count, runs, end } = lines.at(-1) ?? {};
    assert.deepEqual([event, count, runs, end], ["stopped", 2, 1, { kind: "stopped" }]);
    assert.ok(!stdout.includes("secret"));
  });

  it("tells the operator why a guest gave no answer, and the client nothing of it", async () => {
    const started = bench.start(["serve", guest("bad-service"), ...unsigned]);
    const answer = await ask(await portOf(started), "/7");
    assert.equal(answer.body, "500 Internal Server Error\n");
    await started.says("unreachable");
    started.child.kill("SIGINT");
    assert.match(
      (await started.ended).stderr,
      /^request GET \/7 500 after [\d.]+ ms in run [0-9a-f]{32}: .*unreachable/m,
    );
  });

  it("ends with 116 when trust is lost", async () => {
    const policy = join(bench.folder, "service.yaml");
    const text = "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: service }\n";
    await writeFile(policy, text);
    const started = bench.start(["serve", guest("greeter"), ...unsigned, "--policy", policy]);
    await portOf(started);
    await writeFile(policy, `${text}# changed\n`);
    const ended = await started.ended;
    assertRefused(ended, "SERVER_STOPPED", 116);
    assert.match(ended.stderr, /policy-changed/);
  });

  it("refuses a port that is taken or is none, an address that is not this machine's, and a command", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, "127.0.0.1", () => resolve((taken.address() as { port: number }).port));
    });
    const serve = ["serve", guest("greeter"), "--allow-unsigned"];
    assertRefused(await bench.wrun([...serve, "--port", String(port)]), "SERVE_ADDRESS_UNUSABLE", 118);
    taken.close();
    assertRefused(await bench.wrun([...serve, "--port", "70000"]), "CLI_OPTION_INVALID", 110);
    assertRefused(
      await bench.wrun([...serve, "--port", "0", "--host", "203.0.113.1"]),
      "SERVE_ADDRESS_UNUSABLE",
      118,
    );
    const command = ["serve", guest("hello-0.2.6"), ...unsigned];
    assertRefused(await bench.wrun(command), "COMPONENT_SERVES_NOTHING", 111);
  });

  it("writes how requests are served into the policy that flags amount to, and refuses it beside --policy", async () => {
    const shown = await bench.wrun(["serve", guest("greeter"), "--instances", "reused", "--show-policy"]);
    assert.match(shown.stdout, /^serve:\n {2}instances: reused$/m);
    assertRefused(
      await bench.wrun(["serve", guest("greeter"), "--instances", "many"]),
      "CLI_FLAGS_REFUSED",
      110,
    );
    const policy = join(bench.folder, "plain.yaml");
    await writeFile(policy, "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: service }\n");
    const both = ["serve", guest("greeter"), "--policy", policy, "--instances", "reused"];
    assertRefused(await bench.wrun(both), "CLI_OPTION_IN_MANIFEST", 110);
  });
});
