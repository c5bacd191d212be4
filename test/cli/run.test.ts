import assert from "node:assert/strict";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { digestOf } from "../../runtime/index.js";
import {
  assertNoTrace,
  assertRefused,
  assertWent,
  type Bench,
  exitingModule,
  guest,
  jsonOf,
  openBench,
  treeOf,
} from "./harness.js";

describe("wrun run", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  it("runs a file that the person answers for, and prints what it prints", async () => {
    const ended = await bench.wrun(["run", guest("hello-0.2.0"), "--allow-unsigned"]);
    assertWent(ended);
    assert.equal(ended.stdout, "hello\n");
    assert.equal(ended.stderr, "");
  });

  it("refuses a file that nobody signed, and leaves no run behind", async () => {
    const earlier = await treeOf(join(bench.home, "lineage"));
    assertRefused(await bench.wrun(["run", guest("hello-0.2.0")]), "COMPONENT_UNSIGNED", 112);
    assert.deepEqual(await treeOf(join(bench.home, "lineage")), earlier);
  });

  it("runs a core module of WASI 0.1, and passes its exit code on", async () => {
    const ended = await bench.wrun(["run", guest("p1"), "--allow-unsigned"]);
    assertWent(ended);
    assert.equal(ended.stdout, "hello\n");
    await writeFile(join(bench.folder, "fails.wasm"), exitingModule(1));
    const failed = await bench.wrun(["run", "fails.wasm", "--allow-unsigned"]);
    assert.deepEqual({ code: failed.code, stderr: failed.stderr }, { code: 1, stderr: "" });
  });

  it("shows the guest its name, its arguments, and no variable but those of --env", async () => {
    const peek = ["run", guest("env-peek"), "--allow-unsigned"];
    const secret = { AWS_SECRET: "never" };
    const none = await bench.wrun(peek, { env: secret });
    assertWent(none);
    assert.match(none.stdout, /^arguments 1$/m);
    assert.match(none.stdout, /^environment 0$/m);
    const some = await bench.wrun([...peek, "--env", "REGION=eu=1", "--", "--json", "b"], { env: secret });
    assertWent(some);
    assert.match(some.stdout, /^arguments 3$/m);
    assert.match(some.stdout, /^REGION=eu=1$/m);
    assert.match(some.stdout, /^environment 1$/m);
    assert.doesNotMatch(none.stdout + some.stdout, /never/);
  });

  it("gives a guest the folders, values and stores that flags name, and denies it the rest", async () => {
    await writeFile(join(bench.folder, "data", "a.txt"), "oranges\n");
    await writeFile(join(bench.folder, "beside.txt"), "secret\n");
    const ended = await bench.wrun(
      [
        "run",
        guest("notes"),
        "--allow-unsigned",
        "--dir",
        "data::/data",
        "--config",
        "greeting=hi",
        "--keyvalue",
        "stores::notes",
        "--allow-net",
        "localhost:1",
        "--",
        "file=/data/a.txt",
        "file=/data/../beside.txt",
        "config=greeting",
        "config=other",
        "store=notes/x",
        "store=other/x",
        "http=http://127.0.0.1:1/",
      ],
      {},
    );
    assertWent(ended);
    const lines = ended.stdout.trimEnd().split("\n");
    assert.deepEqual(lines.slice(2), [
      "config=greeting: ok: 'hi'",
      lines[3],
      "store=notes/x: ok: 19 bytes",
      "store=other/x: error: access-denied",
      "http=http://127.0.0.1:1/: error: HTTP-request-denied",
    ]);
    assert.equal(lines[0], "file=/data/a.txt: ok: 8 characters");
    assert.match(lines[1] ?? "", /error/);
    assert.match(ended.stderr, /^denied wasi:keyvalue\/store@\S+ open: /m);
    assert.match(ended.stderr, /^ +keyvalue: \[\{ bucket: "other"/m, "the denial says what would allow it");
    assert.doesNotMatch(ended.stdout, /secret/);
  });

  it("does not start a guest whose imports no flag grants, and names the flags that would", async () => {
    const ended = await bench.wrun(["run", guest("notes"), "--allow-unsigned"]);
    assertRefused(ended, "IMPORT_NOT_GRANTED_BY_FLAGS", 112);
    for (const flag of ["--allow-net", "--keyvalue", "--config"])
      assert.ok(ended.stderr.includes(flag), flag);
    assert.equal(ended.stdout, "");
  });

  it("records the policy that flags amount to, which --show-policy prints", async () => {
    const run = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--env", "A=1", "--timeout", "5"];
    const shown = await bench.wrun([...run, "--show-policy"]);
    assertWent(shown);
    assert.match(shown.stdout, /^ {2}wall: 5s$/m);
    const { policy, run: id } = jsonOf(await bench.wrun([...run, "--json"]));
    assert.equal(policy, digestOf(Buffer.from(shown.stdout)));
    const records = await bench.wrun(["lineage", "show", String(id), "--json"]);
    const genesis = JSON.parse(records.stdout.split("\n")[0] ?? "") as { body: Record<string, unknown> };
    assert.equal(genesis.body["policy"], policy);
    assert.equal(genesis.body["policySource"], "flags");
  });

  it("with --json prints one object, and the guest's output elsewhere", async () => {
    const ended = await bench.wrun(["run", guest("hello-0.2.0"), "--allow-unsigned", "--json"]);
    assertWent(ended);
    const { outcome, calls, denialCount } = jsonOf(ended);
    assert.deepEqual(outcome, { kind: "exited", exitCode: 0 });
    assert.deepEqual(calls, { allowed: 2, denied: 0, malformed: 0, failed: 0 });
    assert.equal(denialCount, 0);
    assert.equal(ended.stderr, "hello\n");
    const refused = await bench.wrun(["run", guest("hello-0.2.0"), "--json"]);
    assertRefused(refused, "COMPONENT_UNSIGNED", 112);
    assert.equal((jsonOf(refused)["error"] as Record<string, unknown>)["code"], "COMPONENT_UNSIGNED");
  });

  it("calls an export with arguments in WAVE, and prints WAVE or JSON", async () => {
    const call = ["run", guest("invoices"), "--allow-unsigned", "--invoke"];
    const greeting = await bench.wrun([...call, 'greet("Ada")']);
    assertWent(greeting);
    assert.equal(greeting.stdout, '"Hello, Ada!"\n');
    const applied = await bench.wrun([
      ...call,
      'apply({amount: 10, currency: "EUR"}, percent(50))',
      "--json",
    ]);
    const { outcome } = jsonOf(applied) as { outcome: Record<string, unknown> };
    assert.deepEqual(outcome["json"], { ok: { amount: "5", currency: "EUR" } });
    assertRefused(await bench.wrun([...call, "sum([1,"]), "WAVE_SYNTAX", 110);
    assertRefused(await bench.wrun([...call, "nothing()"]), "EXPORT_UNKNOWN", 111);
  });

  it("calls methods on an exported resource, and says what is wrong with a call", async () => {
    const call = ["run", guest("counters"), "--allow-unsigned", "--invoke"];
    const added = await bench.wrun([...call, "counters.counter(5).add(3)"]);
    assertWent(added);
    assert.equal(added.stdout, "dropped 8\n8\n");
    const made = await bench.wrun([...call, 'counters.counter.from-text("7")', "--json"]);
    const { outcome } = jsonOf(made) as { outcome: Record<string, unknown> };
    assert.equal(outcome["wave"], "ok(<counter>)");
    assert.deepEqual(outcome["json"], { ok: { resource: "counter" } });
    const misspelt = await bench.wrun([...call, "counters.counter(5).ad(3)"]);
    assertRefused(misspelt, "METHOD_UNKNOWN", 111);
    assert.match(misspelt.stderr, /it has get, add, take, halve; did you mean "add"\?/);
    const early = await bench.wrun([...call, "counters.counter.add(3)"]);
    assertRefused(early, "EXPORT_IS_METHOD", 111);
    assert.ok(early.stderr.includes("--invoke 'acme:counting/counters.counter(…).add(…)'"), early.stderr);
    assertRefused(await bench.wrun([...call, "counter(5).get().add(3)"]), "METHOD_ON_VALUE", 111);
  });

  it("passes standard input on, also where it is a socket", async () => {
    const ended = await bench.wrun(["run", guest("blocked-stdin"), "--allow-unsigned"], {
      input: "some bytes",
    });
    assertWent(ended);
    assert.equal(ended.stdout, "reading\nread 10\n");
  });

  it("stops a guest that waits for input that never comes", async () => {
    const run = bench.start(["run", guest("blocked-stdin"), "--allow-unsigned", "--timeout", "60"], {
      holdInput: true,
    });
    await run.says("reading");
    run.child.kill("SIGTERM");
    const ended = await run.ended;
    assertRefused(ended, "RUN_STOPPED", 116);
  });

  it("ends a guest at --timeout, and says which run to look up", async () => {
    const ended = await bench.wrun([
      "run",
      guest("spin"),
      "--allow-unsigned",
      "--timeout",
      "500ms",
      "--json",
    ]);
    assertRefused(ended, "RUN_TRAPPED", 114);
    const { run, error } = jsonOf(ended) as { run: string; error: { next: string } };
    assert.ok(error.next.includes(run));
  });

  it("refuses a component that needs more than --max-memory", async () => {
    const ended = await bench.wrun([
      "run",
      guest("notes"),
      "--allow-unsigned",
      "--max-memory",
      "64KiB",
      ...networked,
    ]);
    assertRefused(ended, "LIMIT_BELOW_INITIAL", 112);
  });

  it("on SIGINT stops the guest and seals its lineage", async () => {
    const run = bench.start(["run", guest("spin-after-call"), "--allow-unsigned", "--json"]);
    await run.says("\n");
    run.child.kill("SIGINT");
    const ended = await run.ended;
    assertRefused(ended, "RUN_STOPPED", 116);
    assertWent(await bench.wrun(["lineage", "verify", String(jsonOf(ended)["run"])]));
  });

  it("leaves quietly when nobody reads its output any more, and seals the run", async () => {
    const run = bench.start(["run", guest("stdout-flood"), "--allow-unsigned"]);
    await run.says("x");
    run.child.stdout?.destroy();
    const ended = await run.ended;
    assert.equal(ended.code, 141);
    assertNoTrace(ended);
    const id = /wrun lineage show ([0-9a-f]{32})/.exec(ended.stderr)?.[1] ?? "no id";
    assertWent(await bench.wrun(["lineage", "verify", id]));
  });

  it("names one cause where its output cannot be written: in its text, its exit code and the seal", async (t) => {
    t.skip(!existsSync("/dev/full"), "there is no device that is always full");
    const full = openSync("/dev/full", "w");
    try {
      const ended = await bench.wrun(["run", guest("stdout-flood"), "--allow-unsigned", "--verbose"], {
        stdout: full,
      });
      assertRefused(ended, "CLI_OUTPUT_FAILED", 118);
      assert.deepEqual(ended.stderr.match(/^error.*$/gm), [
        "error[CLI_OUTPUT_FAILED]: cannot write to stdout: ENOSPC",
      ]);
      const lines = (await bench.wrun(["lineage", "list", "--json"])).stdout.trimEnd().split("\n");
      const { runId } = JSON.parse(lines.at(-1) ?? "") as { runId: string };
      const shown = await bench.wrun(["lineage", "show", runId]);
      const outcome = /^ *\d+ .* seal .*"signal":"output-lost"/m.exec(shown.stdout)?.[0] ?? shown.stdout;
      assert.match(outcome, /"exitCode":118/);
      assert.match(outcome, /"detail":"cannot write to stdout: ENOSPC"/);
    } finally {
      closeSync(full);
    }
  });

  it("takes grants from the manifest alone where there is one", async () => {
    await writeFile(join(bench.folder, "data", "in.txt"), "oranges\n");
    await writeFile(join(bench.folder, "p.yaml"), policy);
    const run = ["run", guest("env-peek"), "--allow-unsigned", "--policy", "p.yaml"];
    const ended = await bench.wrun([...run, "--env", "REGION=eu-1", "--env", "SECRET=x"]);
    assertWent(ended);
    assert.match(ended.stdout, /^REGION=eu-1$/m);
    assert.doesNotMatch(ended.stdout, /SECRET/);
    for (const flag of [
      ["--allow-net", "example.com"],
      ["--timeout", "3"],
      ["--max-memory", "1MiB"],
      ["--keyvalue", "stores::notes"],
    ]) {
      assertRefused(await bench.wrun([...run, ...flag]), "CLI_OPTION_IN_MANIFEST", 110);
    }
    assert.match((await bench.wrun([...run, "--timeout", "3"])).stderr, /limits: \{ wall: 3s \}/);
    assert.match((await bench.wrun([...run, "--timeout", "a b"])).stderr, /limits: \{ wall: 30s \}/);
    assert.match((await bench.wrun([...run, "--max-memory", "1MiB"])).stderr, /limits: \{ memory: 1MiB \}/);
  });

  it("says which rule ended a run, and keeps what is quarantined from starting until it is released", async () => {
    const ending = (onViolation: string): string =>
      `${policy}deny:\n  - { id: silence, interface: "wasi:cli/stdout", onViolation: ${onViolation} }\n`;
    const run = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--policy", "ending.yaml"];
    await writeFile(join(bench.folder, "ending.yaml"), ending("trap"));
    const denied = await bench.wrun([...run, "--json"]);
    assertRefused(denied, "RUN_DENIED", 113);
    assert.match(denied.stderr, /\(rule silence\)/);
    const { denials } = jsonOf(denied) as { denials: { rule: string }[] };
    assert.deepEqual(
      denials.map(({ rule }) => rule),
      ["silence"],
    );
    await writeFile(join(bench.folder, "ending.yaml"), ending("quarantine"));
    const quarantined = await bench.wrun(run);
    assertRefused(quarantined, "RUN_QUARANTINED", 115);
    assertRefused(await bench.wrun(run), "WORKLOAD_QUARANTINED", 115);
    const release = /`wrun (revoke --release \S+)`/.exec(quarantined.stderr)?.[1]?.split(" ") ?? [];
    assertWent(await bench.wrun(release));
    assertRefused(await bench.wrun(run), "RUN_QUARANTINED", 115);
    await bench.wrun(release);
  });

  it("stops the run when the policy's file changes", async () => {
    const path = join(bench.folder, "watched.yaml");
    await writeFile(path, policy);
    const run = bench.start([
      "run",
      guest("spin-after-call"),
      "--allow-unsigned",
      "--policy",
      path,
      "--json",
    ]);
    await run.says("\n");
    await writeFile(path, `${policy}# changed\n`);
    const ended = await run.ended;
    assertRefused(ended, "RUN_STOPPED", 116);
    assert.match(ended.stderr, /policy-changed/);
  });

  it("never gives a guest the home, nor a folder that leads to it", async () => {
    const run = ["run", guest("hello-0.2.0"), "--allow-unsigned", "--dir"];
    for (const folder of [bench.home, join(bench.home, "keys"), bench.folder, "/"]) {
      assertRefused(await bench.wrun([...run, `${folder}::/x`]), "HOME_WITHIN_REACH", 110);
    }
    await mkdir(join(bench.folder, "homely"), { recursive: true });
    assertWent(await bench.wrun([...run, "homely::/x"]));
    assertRefused(await bench.wrun([...run, "nowhere::/x"]), "FILE_ROOT_UNUSABLE", 118);
  });

  it("makes no store where the run is refused", async () => {
    const earlier = await treeOf(bench.folder);
    await bench.wrun(["run", guest("hello-0.2.0"), "--keyvalue", "not-made", "--allow-net", "a b"]);
    assert.deepEqual(await treeOf(bench.folder), earlier);
  });

  it("keeps the output whole when the reader is slow", async () => {
    const file = join(bench.folder, "data", "flood");
    const run = bench.start(["run", guest("stdout-flood"), "--allow-unsigned", "--timeout", "1"]);
    run.child.stdout?.pause();
    setTimeout(() => run.child.stdout?.resume(), 700);
    const ended = await run.ended;
    assertRefused(ended, "RUN_TRAPPED", 114);
    await writeFile(file, ended.stdout);
    assert.match(await readFile(file, "latin1"), /^x+$/);
  });
});

const networked = ["--allow-net", "localhost:1", "--keyvalue", "stores", "--config", "greeting=hi"];

const policy = `apiVersion: wrun/v1
kind: Policy
metadata: { name: peek }
allow:
  - { interface: "wasi:cli/stdout" }
  - { interface: "wasi:cli/environment", env: [REGION] }
`;
