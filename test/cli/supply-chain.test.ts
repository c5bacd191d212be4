import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { parseReference, pushComponent } from "../../registry/index.js";
import { digestOf } from "../../runtime/index.js";
import {
  assertNoTrace,
  assertRefused,
  assertWent,
  type Bench,
  guest,
  jsonOf,
  openBench,
  type Started,
} from "./harness.js";

describe("publishing, signing, verifying and revoking", () => {
  let bench: Bench;
  let registry: Started;
  let address: string;

  beforeAll(async () => {
    bench = await openBench();
    registry = bench.start(["registry", "serve", "--folder", "registry", "--port", "0", "--json"]);
    await registry.says("\n");
    ({ address } = JSON.parse(registry.said()) as { address: string });
  });
  afterAll(async () => {
    registry.child.kill("SIGINT");
    const ended = await registry.ended;
    await bench.close();
    assert.equal(ended.code, 0, "the registry ends on SIGINT");
    assertNoTrace(ended);
  });

  it("publishes a component that then verifies and runs by its reference", async () => {
    const reference = `${address}/team/hello:1.0.0`;
    const published = await bench.wrun(["publish", guest("hello-0.2.0"), reference]);
    assertWent(published);
    assert.match(published.stdout, /^Published and signed /);
    assert.match(published.stderr, /^pushing .*…$/m, "where stderr is no terminal, progress is plain lines");
    assert.ok(!published.stderr.includes("\r"));

    const verified = await bench.wrun(["verify", reference, "--json"]);
    assertWent(verified);
    const { component, provenance } = jsonOf(verified) as {
      component: string;
      provenance: { signer: { keyId: string } };
    };
    assert.equal(component, digestOf(await readFile(guest("hello-0.2.0"))));
    assert.equal(provenance.signer.keyId, bench.publisher);
    const ran = await bench.wrun(["run", reference]);
    assertWent(ran);
    assert.equal(ran.stdout, "hello\n");
  });

  it("adapts a core module of WASI 0.1 as it publishes it", async () => {
    const reference = `${address}/team/p1:1.0.0`;
    const { adaptedFrom } = jsonOf(await bench.wrun(["publish", guest("p1"), reference, "--json"]));
    assert.equal(adaptedFrom, digestOf(await readFile(guest("p1"))));
    const ran = await bench.wrun(["run", reference]);
    assert.equal(ran.stdout, "hello\n");
  });

  it("signs what somebody else has pushed, which was refused before", async () => {
    const reference = `${address}/team/unsigned:1`;
    await pushComponent({
      reference: parseReference(reference),
      componentBytes: await readFile(guest("hello-0.2.0")),
      config: { imports: [], exports: [] },
    });
    assertRefused(await bench.wrun(["verify", reference]), "COMPONENT_UNSIGNED", 112);
    assertWent(await bench.wrun(["sign", reference]));
    assertWent(await bench.wrun(["verify", reference]));
  });

  it("signs nothing that is not a component", async () => {
    const reference = `${address}/team/text:1`;
    await pushComponent({
      reference: parseReference(reference),
      componentBytes: Buffer.from("just text"),
      config: { imports: [], exports: [] },
    });
    const ended = await bench.wrun(["sign", reference]);
    assert.equal(ended.code, 111, ended.stderr);
    assertRefused(await bench.wrun(["verify", reference]), "COMPONENT_UNSIGNED", 112);
  });

  it("does not verify a file, unless the person answers for it", async () => {
    assertRefused(await bench.wrun(["verify", guest("hello-0.2.0")]), "COMPONENT_UNSIGNED", 112);
    const ended = await bench.wrun(["verify", guest("hello-0.2.0"), "--allow-unsigned"]);
    assertWent(ended);
    assert.match(ended.stdout, /signed by nobody/);
  });

  it("does not trust another home's publisher", async () => {
    const stranger = await openBench();
    try {
      const reference = `${address}/team/strange:1`;
      assertWent(await stranger.wrun(["publish", guest("hello-0.2.0"), reference]));
      assertRefused(await bench.wrun(["run", reference]), "COMPONENT_SIGNATURE_REFUSED", 112);
    } finally {
      await stranger.close();
    }
  });

  it("shows what a component in the registry imports, and the lines that would grant it", async () => {
    const reference = `${address}/team/hello:1.0.0`;
    const brief = await bench.wrun(["inspect", reference]);
    assertWent(brief);
    assert.match(brief.stdout, /^ +- interface: wasi:cli\/stdout$/m);
    assert.match(brief.stdout, /^ +run: func\(\) -> result$/m);
    assert.doesNotMatch(brief.stdout, /^import /m);
    assert.ok(brief.stdout.indexOf("that a policy must grant") < brief.stdout.indexOf("Exports"));
    const ended = await bench.wrun(["inspect", reference, "--types"]);
    assertWent(ended);
    assert.match(ended.stdout, /^import wasi:cli\/stdout@0\.2\.0 \{$/m);
    assert.match(ended.stdout, /^export wasi:cli\/run@0\.2\.0 \{$/m);
    assert.match(ended.stdout, /^ +- interface: wasi:cli\/stdout$/m);
  });

  it("releases only what is quarantined, and revokes only what it can name", async () => {
    const workload = "spiffe://wrun.local/workload/hello";
    const release = ["revoke", "--release", workload];
    assertRefused(await bench.wrun(release), "REVOCATION_NOT_RELEASABLE", 112);
    assertWent(await bench.wrun(["revoke", "workload", workload, "--reason", "suspicious"]));
    const run = ["run", guest("hello-0.2.0"), "--allow-unsigned"];
    await assert.doesNotReject(async () => {
      assertRefused(await bench.wrun(["run", `${address}/team/hello:1.0.0`]), "WORKLOAD_QUARANTINED", 115);
    });
    assertWent(await bench.wrun(release));
    assertWent(await bench.wrun(run));
    assertRefused(
      await bench.wrun(["revoke", "component", "sha256:12", "--reason", "x"]),
      "REVOCATION_ENTRY_INVALID",
      110,
    );
    assertRefused(await bench.wrun(["revoke", "publisher-key", "own"]), "CLI_USAGE", 110);
    assertRefused(await bench.wrun(["revoke", "everything", "own", "--reason", "x"]), "CLI_USAGE", 110);
  });

  it("stops a running guest when its publisher's key is revoked, and starts it no more", async () => {
    const reference = `${address}/team/spin:1`;
    assertWent(await bench.wrun(["publish", guest("spin-after-call"), reference]));
    const run = bench.start(["run", reference, "--json"]);
    // The guest says a line before it spins; what is said before that are the lines about pulling.
    await run.says("spinning");
    assertWent(await bench.wrun(["revoke", "publisher-key", "own", "--reason", "the laptop was stolen"]));
    const ended = await run.ended;
    assertRefused(ended, "RUN_STOPPED", 116);
    const { outcome } = jsonOf(ended) as { outcome: Record<string, unknown> };
    assert.equal(outcome["signal"], "publisher-key-revoked");
    assertRefused(await bench.wrun(["run", reference]), "SIGNATURE_REVOKED", 112);
    assertRefused(await bench.wrun(["verify", reference]), "SIGNATURE_REVOKED", 112);
  });

  it("says so where a folder is no registry's, and where the port is taken", async () => {
    const port = address.split(":")[1] ?? "";
    const taken = await bench.wrun(["registry", "serve", "--folder", "second", "--port", port]);
    assertRefused(taken, "REGISTRY_PORT_UNAVAILABLE", 118);
    const foreign = await bench.wrun(["registry", "serve", "--folder", bench.home, "--port", "0"]);
    assertRefused(foreign, "REGISTRY_FOLDER_FOREIGN", 111);
    const inUse = await bench.wrun([
      "registry",
      "serve",
      "--folder",
      join(bench.folder, "registry"),
      "--port",
      "0",
    ]);
    assertRefused(inUse, "REGISTRY_FOLDER_IN_USE", 118);
    const open = await bench.wrun([
      "registry",
      "serve",
      "--folder",
      "third",
      "--port",
      "0",
      "--host",
      "0.0.0.0",
    ]);
    assertRefused(open, "REGISTRY_HOST_NOT_LOOPBACK", 110);
    assertRefused(
      await bench.wrun(["registry", "serve", "--folder", "x", "--port", "http"]),
      "CLI_OPTION_INVALID",
      110,
    );
  });
});
