import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { hostPackages as builtIn } from "wrun/host-interfaces";
import { startRegistry } from "wrun/registry";
import {
  contractsOf,
  formatVerifierKey,
  inspectComponent,
  isProven,
  loadPolicy,
  parseRunId,
  parseVerifierKey,
  type RunEvent,
  type RunReport,
  type Runtime,
  signatureOf,
  verifyRun,
} from "wrun";
import { hostPackages } from "./acme-billing.js";
import { blocksOf, readDocument } from "./document.js";
import {
  describeOutcome,
  openHost,
  proveRun,
  publish,
  refusalOf,
  release,
  runBytes,
  runCommand,
  serveBytes,
  withdraw,
} from "./embedding-examples.js";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..", "..");
const document = readDocument(root);

/** The manifest of the document, by its name there. */
function policyOf(name: string): string {
  const found = blocksOf(document, "yaml").find((text) => text.includes(`metadata: { name: ${name} }`));
  assert.ok(found !== undefined, `the document has no policy ${name}`);
  return found;
}

function guestBytes(name: string): Promise<Uint8Array> {
  return readFile(join(here, "..", "..", "guests", "bin", `${name}.wasm`));
}

describe("the document on embedding", () => {
  it("quotes the package of its own as the file has it", () => {
    const file = readSource("acme-billing.ts");
    assert.deepEqual(blocksOf(document, "ts acme-billing.ts"), [file]);
  });

  it("quotes every example as the file has it, in its order", () => {
    const file = readSource("embedding-examples.ts");
    assert.equal(blocksOf(document, "ts").join("\n\n"), file);
  });

  it("names entry points that the package exports", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      name: string;
      exports: Record<string, unknown>;
    };
    const named = new Set([...document.matchAll(/"(wrun(?:\/[a-z-]+)*)"/g)].map(([, name = ""]) => name));
    assert.deepEqual(
      [...named].sort(),
      Object.keys(manifest.exports)
        .map((path) => join(manifest.name, path))
        .sort(),
    );
  });

  it("shows policies that load", () => {
    const policies = blocksOf(document, "yaml");
    assert.ok(policies.length >= 2);
    for (const text of policies) loadPolicy(Buffer.from(text), "doc", contractsOf(hostPackages));
  });
});

function readSource(name: string): string {
  return readDocument(root, join("test", "runtime", name)).trimEnd();
}

describe("a host package of one's own", () => {
  it("gives each function the type that the guest's binary has", async () => {
    const { imports } = inspectComponent(await guestBytes("ledger"));
    const declared = imports.interfaces.flatMap(({ name, functions }) =>
      [...functions].map(([member, type]) => [`${name.split("@")[0]}#${member}`, signatureOf(type)]),
    );
    const billing = hostPackages.find(({ name }) => name === "acme:billing");
    assert.deepEqual({ ...billing?.functionTypes }, Object.fromEntries(declared));
  });

  it("stands beside all of ours", () => {
    assert.deepEqual(hostPackages.slice(0, -1), builtIn);
  });
});

describe("an embedder", () => {
  let folder: string;
  let runtime: Runtime;
  let ledger: Uint8Array;
  const desk = policyOf("desk");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wrun-embedding-"));
    runtime = await openHost(join(folder, "home"));
    ledger = await guestBytes("ledger");
  });
  afterAll(async () => {
    runtime.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** One call of the desk under the document's policy, or a variation of it. */
  const call = (text: string, policy = desk): Promise<RunReport> => runBytes(runtime, ledger, policy, text);

  const watched = async (
    text: string,
    policy = desk,
  ): Promise<{ report: RunReport; events: RunEvent[]; denials: string[] }> => {
    const events: RunEvent[] = [];
    const report = await runtime.run({
      component: { kind: "bytes", name: "desk.wasm", bytes: ledger, allowUnsigned: true },
      policy: { bytes: Buffer.from(policy), name: "desk.yaml" },
      invocation: { kind: "function", text },
      onEvent: (event) => events.push(event),
    });
    const denials = events.flatMap((event) => (event.type === "denied" ? [event.reason] : []));
    return { report, events, denials };
  };

  it("gets the answer of an allowed call", async () => {
    const report = await call('desk.ask("acme", 800)');
    assert.equal(describeOutcome(report), "ok(8)");
    assert.deepEqual(report.calls, { allowed: 1, denied: 0, malformed: 0, failed: 0 });
    assert.match(await proveRun(runtime, report.run), /^\d+ records, signed by acme\.example\/node\/default/);
  });

  it("sees the host's own refusal as a value, and not as a denial", async () => {
    const report = await call('desk.ask("umbrella", 800)');
    assert.equal(describeOutcome(report), 'err(unknown-account("umbrella"))');
    assert.deepEqual(report.calls, { allowed: 1, denied: 0, malformed: 0, failed: 1 });
  });

  it("has an amount above the rule's denied, with that rule and with what would let it allow it", async () => {
    const { report, denials } = await watched('desk.ask("acme", 1001)');
    assert.equal(describeOutcome(report), "err(denied)");
    assert.deepEqual(report.calls, { allowed: 0, denied: 1, malformed: 0, failed: 0 });
    assert.equal(denials.length, 1);
    assert.match(denials[0] ?? "", /acme:billing\/ledger quote/);
    assert.match(denials[0] ?? "", /came closest, but amount is above the max of 1000; amount is 1001; /);
    assert.match(denials[0] ?? "", /\n {2}args: \[\{ path: amount, max: 1001 \}\]$/);
  });

  it("has a field of an argument's record judged by the same kind of rule", async () => {
    assert.equal(describeOutcome(await call('desk.post("acme", [100, 1000])')), "ok(1100)");
    const { report } = await watched('desk.post("acme", [1001])');
    assert.deepEqual(report.calls, { allowed: 1, denied: 1, malformed: 0, failed: 0 });
    assert.equal(describeOutcome(report), "err(denied)");
  });

  it("has what a deny rule forbids denied in words that name the rule and its line", async () => {
    const lines = desk.split("\n");
    const line = lines.findIndex((text) => text.includes("id: not-to-globex")) + 1;
    assert.ok(line > 0);
    const { report, denials } = await watched('desk.move-all("acme", ["globex"], 10)');
    assert.deepEqual(denials, [
      `acme:billing/ledger transfer is denied by the rule not-to-globex in line ${line}`,
    ]);
    assert.deepEqual(report.outcome, {
      kind: "denied",
      exitCode: 113,
      rule: "not-to-globex",
      detail: denials[0],
    });
  });

  it("has calls beyond a rule's rate denied", async () => {
    const targets = Array.from({ length: 20 }, () => '"acme"').join(", ");
    const { report, denials } = await watched(`desk.move-all("acme", [${targets}], 10)`);
    assert.match(describeOutcome(report), /^\["acme: moved 10", "acme: moved 10", .*"acme: denied"/);
    assert.deepEqual(
      new Set(denials),
      new Set(["the rate of rule 'transfers' is used up; raise its rate, or call less often"]),
    );
    assert.equal(report.calls?.denied, denials.length);
  });

  it("has a denied call trap where its type has no error", async () => {
    const { report } = await watched("desk.known()");
    assert.equal(report.outcome.kind, "denied");
    assert.equal(report.outcome.exitCode, 113);
  });

  it("has a workload quarantined by a rule, kept from starting, and released", async () => {
    const strict = policyOf("desk-strict");
    const report = await call('desk.ask("acme", 1000000)', strict);
    assert.equal(report.outcome.kind, "quarantined");
    assert.equal(report.outcome.exitCode, 115);
    assert.match(
      describeOutcome(report),
      /^quarantined by absurd: .* is denied by the rule absurd in line \d+$/,
    );

    const again = await refusalOf(call('desk.ask("acme", 1)', strict));
    assert.match(again ?? "", /^WORKLOAD_QUARANTINED: spiffe:\/\/acme\.example\/workload\/desk-strict /);
    assert.equal(
      describeOutcome(await call('desk.ask("acme", 1)')),
      "ok(1)",
      "another policy is another workload",
    );

    await release(runtime, report.workload);
    assert.equal(describeOutcome(await call('desk.ask("acme", 1)', strict)), "ok(1)");
  });

  it("records of a run that an argument ended which rule it was, and not what the argument was", async () => {
    const rule = `{ id: small, interface: "acme:billing/ledger", args: [{ path: account, equals: acme }], onViolation: trap }`;
    const small = `apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: small }\nallow: [${rule}]\n`;
    const { report, denials } = await watched('desk.ask("umbrella", 1)', small);
    assert.equal(report.outcome.kind, "denied");
    assert.match(denials.join(), /account is "umbrella"/);
    const recorded = JSON.stringify([...runtime.readRun(report.run)], (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    assert.match(recorded, /the rule small in line 4 came closest/);
    assert.doesNotMatch(recorded, /umbrella/);
  });

  it("runs two at once, each with accounts of its own", async () => {
    const open =
      "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: open }\nallow: [{ interface: acme:billing/ledger }]\n";
    const all = 'desk.move-all("acme", ["globex", "globex"], 5000)';
    const reports = await Promise.all([call(all, open), call(all, open)]);
    // The first transfer empties the account: were it one account for both runs, one of them would find it empty.
    for (const report of reports)
      assert.match(describeOutcome(report), /^\["globex: moved 5000", "globex: over-limit/);
    assert.notEqual(reports[0]?.run, reports[1]?.run);
    for (const { run } of reports) await proveRun(runtime, run);
  });

  it("is told which argument is missing, or that an export is not there, in a code and a sentence", async () => {
    const unknown = await call("desk.nothing()");
    assert.match(describeOutcome(unknown), /^EXPORT_UNKNOWN: /);
    const malformed = await call('desk.ask("acme"');
    assert.match(describeOutcome(malformed), /^WAVE_SYNTAX: /);
  });

  it("is refused what the policy does not grant, with the lines that would", async () => {
    const bare = "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: bare }\n";
    const refusal = await refusalOf(call("desk.known()", bare));
    assert.match(refusal ?? "", /^IMPORT_NOT_GRANTED: .*acme:billing\/ledger@1\.0\.0/);
    assert.match(refusal ?? "", /- interface: acme:billing\/ledger/);
  });

  it("verifies on another machine, with nothing but the folder and a public key", async () => {
    const { run } = await call('desk.ask("acme", 1)');
    const key = parseVerifierKey(formatVerifierKey(runtime.node.identity.signer));
    assert.ok(key !== undefined);
    const lineage = join(folder, "home", "lineage");
    const report = await verifyRun(lineage, parseRunId(run), { nodeKeys: [key] });
    assert.ok(isProven(report));
    assert.ok(!isProven(await verifyRun(lineage, parseRunId(run), { nodeKeys: [] })));
  });

  it("serves requests, and ends when it is told to", async () => {
    const server = await serveBytes(runtime, await guestBytes("greeter"), policyOf("hello"));
    assert.equal(await (await fetch(server.url)).text(), "hello\n");
    server.stop();
    const { end, requests } = await server.finished;
    assert.deepEqual([end, requests], [{ kind: "stopped" }, 1]);
  });

  it("stops a command that it pulled by an abort signal, and takes its output up to there", async () => {
    const registry = await startRegistry({ folder: join(folder, "flood"), host: "127.0.0.1", port: 0 });
    try {
      const reference = `${registry.address}/acme/flood:1.0.0`;
      await publish(runtime, await guestBytes("stdout-flood"), reference);
      const path = join(folder, "flood.yaml");
      await writeFile(path, policyOf("hello"));
      const abort = new AbortController();
      const output = collect(() => abort.abort());
      const go = () =>
        runCommand(
          runtime,
          reference,
          { path, bytes: Buffer.from(policyOf("hello")) },
          { stdout: output.stream, stderr: output.stream },
          abort.signal,
        );
      assert.equal(describeOutcome(await go()), "stopped by operator: the caller went away");
      assert.ok(output.text().length > 0);
      assert.equal(
        describeOutcome(await go()),
        "stopped by operator: the caller went away",
        "from the start",
      );
    } finally {
      await registry.close();
    }
  });

  it("publishes, pulls and runs what a registry has, and withdraws it", async () => {
    const registry = await startRegistry({ folder: join(folder, "registry"), host: "127.0.0.1", port: 0 });
    try {
      const reference = `${registry.address}/acme/hello:1.0.0`;
      await publish(runtime, await guestBytes("hello-0.2.12"), reference);
      const text = policyOf("hello");
      const path = join(folder, "hello.yaml");
      await writeFile(path, text);
      const output = collect();
      const go = (): Promise<RunReport> =>
        runCommand(
          runtime,
          reference,
          { path, bytes: Buffer.from(text) },
          { stdout: output.stream, stderr: output.stream },
          new AbortController().signal,
        );
      const report = await go();
      assert.equal(describeOutcome(report), "ended with 0");
      assert.match(output.text(), /hello/i);
      await proveRun(runtime, report.run);

      await withdraw(runtime, report.component, "it was found to be wrong");
      assert.match((await refusalOf(go())) ?? "", /revoked/);
    } finally {
      await registry.close();
    }
  });
});

function collect(onOutput: () => void = () => undefined): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      onOutput();
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
