import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "vitest";
import { hostPackages as ours } from "../../host-interfaces/index.js";
import { initHome, isWrunError } from "../../runtime/index.js";
import { type Node, openNode } from "../../runtime/sandbox/node.js";
import { temporaryFolder } from "../authority/temporary-home.js";

const hostPackages = new URL("../../host-interfaces/index.js", import.meta.url);

async function newNode(t: TestContext): Promise<Node> {
  const home = join(temporaryFolder(t), "home");
  await initHome({ home, trustDomain: "acme.example", publisher: "Acme" });
  const node = await openNode({ home, hostPackages });
  t.onTestFinished(() => node.trust.close());
  return node;
}

async function refusal(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return "none";
  } catch (error) {
    return isWrunError(error) ? `${error.code}: ${error.message}` : String(error);
  }
}

describe("a node", () => {
  it("implements what its host packages say, in their versions", async (t) => {
    const node = await newNode(t);
    assert.deepEqual(
      Object.fromEntries(node.packageVersions),
      Object.fromEntries(ours.map(({ name, version }) => [name, version])),
    );
    for (const item of ours) {
      for (const name of Object.keys(item.interfaces)) assert.ok(node.contracts.has(`${item.name}/${name}`));
    }
    assert.equal(node.zone, "default");
  });

  it("names workloads after their policies, under its own trust domain", async (t) => {
    const node = await newNode(t);
    assert.equal(node.workloadId("desk"), "spiffe://acme.example/workload/desk");
  });

  it("trusts the authority of its home, and nobody else, to grant and to revoke", async (t) => {
    const node = await newNode(t);
    assert.deepEqual([...node.issuers.keys()], [node.authority.keyId]);
    assert.deepEqual([...node.revokers.keys()], [node.authority.keyId]);
    assert.notEqual(node.identity.keyId, node.authority.keyId);
  });

  it("is not opened without a home, without its keys, and without its list of revocations", async (t) => {
    const folder = temporaryFolder(t);
    const home = join(folder, "home");
    assert.match(await refusal(() => openNode({ home, hostPackages })), /^HOME_MISSING/);
    const { home: paths } = await initHome({ home });
    const list = readFileSync(paths.revocations);
    rmSync(paths.revocations);
    assert.match(await refusal(() => openNode({ home, hostPackages })), /^REVOCATIONS_MISSING/);
    writeFileSync(paths.revocations, "{}");
    assert.match(await refusal(() => openNode({ home, hostPackages })), /^REVOCATIONS_INVALID/);
    writeFileSync(paths.revocations, list);
    rmSync(join(paths.keys, "authority"), { recursive: true });
    assert.match(await refusal(() => openNode({ home, hostPackages })), /^IDENTITY_MISSING/);
  });

  it("admits nothing while the list of revocations cannot be read", async (t) => {
    const node = await newNode(t);
    const list = readFileSync(node.home.revocations);
    writeFileSync(node.home.revocations, "not a list");
    await node.trust.refresh();
    assert.match(await refusal(() => node.currentRevocations()), /^REVOCATIONS_INVALID/);
    writeFileSync(node.home.revocations, list);
    await node.trust.refresh();
    assert.deepEqual(node.currentRevocations().entries, []);
  });

  it("puts a workload into quarantine with the reason, at once", async (t) => {
    const node = await newNode(t);
    const workload = node.workloadId("desk");
    await node.quarantine(workload, "it asked for a million");
    const entry = node.currentRevocations().find("workload", workload);
    assert.equal(entry?.reason, "it asked for a million");
    assert.equal(node.currentRevocations().find("workload", node.workloadId("other")), undefined);
  });

  it("asks its trust policy about the repository that a reference names, and nothing behind it", async (t) => {
    const node = await newNode(t);
    const policy = JSON.parse(readFileSync(node.home.trustPolicy, "utf8")) as {
      trustPolicies: { registryScopes: string[] }[];
    };
    for (const item of policy.trustPolicies) item.registryScopes = ["127.0.0.1:5000/team/app"];
    writeFileSync(node.home.trustPolicy, JSON.stringify(policy));
    const digest = `sha256:${"0".repeat(64)}`;
    for (const suffix of [":1.2.0", `@${digest}`, `:1.2.0@${digest}`, ""]) {
      assert.equal(await refusal(() => node.signatureCheck(`127.0.0.1:5000/team/app${suffix}`)), "none");
    }
    for (const other of [
      "127.0.0.1:5000/team/apps:1.2.0",
      "127.0.0.1:5000/team/app/more:1.2.0",
      "127.0.0.1:5000/team:app",
      "127.0.0.1:5001/team/app:1.2.0",
      "127.0.0.1/team/app:5000",
      "team/app:1.2.0",
      "",
    ]) {
      assert.match(await refusal(() => node.signatureCheck(other)), /^TRUST_POLICY_NOT_APPLICABLE/, other);
    }
  });

  it("reads its trust policy again for each component, so that a change needs no restart", async (t) => {
    const node = await newNode(t);
    assert.equal(await refusal(() => node.signatureCheck("a/b:1")), "none");
    rmSync(node.home.trustPolicy);
    assert.match(await refusal(() => node.signatureCheck("a/b:1")), /^TRUST_POLICY_MISSING/);
  });
});
