import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { createRuntime, exportPublic, initHome, isWrunError, loadRevocations } from "../../runtime/index.js";
import { temporaryFolder } from "../authority/temporary-home.js";

const hostPackages = new URL("../../host-interfaces/index.js", import.meta.url);

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "none";
  } catch (error) {
    return isWrunError(error) ? error.code : String(error);
  }
}

describe("a new home", () => {
  it("has a node, an authority and an empty list of revocations that a runtime opens", async (t) => {
    const home = join(temporaryFolder(t), "home");
    const made = await initHome({ home });
    assert.equal(made.node.spiffeId, "spiffe://wrun.local/node/default");
    assert.equal(made.authority.spiffeId, "spiffe://wrun.local/authority/default");
    assert.notEqual(made.node.keyId, made.authority.keyId);
    assert.equal(made.publisher, undefined);

    const runtime = await createRuntime({ home, hostPackages });
    assert.equal(runtime.node.identity.keyId, made.node.keyId);
    assert.deepEqual(runtime.node.currentRevocations().entries, []);
    assert.deepEqual(runtime.recovered, []);
    assert.deepEqual(await runtime.listRuns(), []);
    runtime.close();
  });

  it("is nobody's but its owner's, in every folder and file", async (t) => {
    const home = join(temporaryFolder(t), "home");
    await initHome({ home, publisher: "Acme" });
    const names = readdirSync(home, { recursive: true, encoding: "utf8" });
    assert.ok(names.length > 10);
    for (const name of ["", ...names]) {
      const { mode } = statSync(join(home, name));
      const isSecret = /key|memory|^$/.test(name);
      assert.equal(mode & 0o022, 0, `${name} can be changed by others`);
      if (isSecret && !name.endsWith("certificate.pem"))
        assert.equal(mode & 0o077, 0, `${name} can be read by others`);
    }
  });

  it("trusts nobody to publish unless it is asked to, and then the one whose key it made", async (t) => {
    const folder = temporaryFolder(t);
    const lonely = join(folder, "lonely");
    await initHome({ home: lonely });
    const strict = await createRuntime({ home: lonely, hostPackages });
    assert.throws(
      () => strict.node.signatureCheck("127.0.0.1:5000/acme/app:1.0.0"),
      (error) => isWrunError(error) && error.code === "TRUST_POLICY_MISSING",
    );
    strict.close();

    const own = join(folder, "own");
    const { publisher } = await initHome({ home: own, trustDomain: "acme.example", publisher: "Acme" });
    assert.ok(publisher !== undefined);
    assert.equal(publisher.spiffeId, "spiffe://acme.example/publisher/default");
    assert.match(exportPublic(publisher).certificatePem ?? "", /^-----BEGIN CERTIFICATE-----/);
    const runtime = await createRuntime({ home: own, hostPackages });
    assert.doesNotThrow(() => runtime.node.signatureCheck("127.0.0.1:5000/acme/app:1.0.0"));
    runtime.close();
  });

  it("is made once: a second time changes nothing", async (t) => {
    const home = join(temporaryFolder(t), "home");
    const { node } = await initHome({ home });
    assert.equal(await codeOf(initHome({ home })), "IDENTITY_EXISTS");
    assert.equal(await codeOf(initHome({ home, publisher: "Acme" })), "IDENTITY_EXISTS");
    const runtime = await createRuntime({ home, hostPackages });
    assert.equal(runtime.node.identity.keyId, node.keyId);
    runtime.close();
  });

  const unusable: Readonly<Record<string, readonly [{ trustDomain?: string; publisher?: string }, string]>> =
    {
      "a trust domain that is none": [{ trustDomain: "Acme Ltd" }, "SPIFFE_ID_INVALID"],
      "a trust domain that would end early": [{ trustDomain: "acme/node" }, "SPIFFE_ID_INVALID"],
      "a publisher without a name": [{ publisher: "" }, "CERTIFICATE_SUBJECT_INVALID"],
      "a publisher with a name that no certificate takes": [
        { publisher: "A\u0000" },
        "CERTIFICATE_SUBJECT_INVALID",
      ],
    };
  for (const [what, [options, code]] of Object.entries(unusable)) {
    it(`is not there, not even half, where it was asked for with ${what}`, async (t) => {
      const home = join(temporaryFolder(t), "home");
      assert.equal(await codeOf(initHome({ home, ...options })), code);
      assert.equal(existsSync(home), false);
      await initHome({ home, publisher: "Acme" });
    });
  }

  it("leaves a folder that was there before where it is", async (t) => {
    const home = temporaryFolder(t);
    writeFileSync(join(home, "notes.txt"), "mine");
    assert.equal(await codeOf(initHome({ home, publisher: "" })), "CERTIFICATE_SUBJECT_INVALID");
    assert.ok(existsSync(join(home, "notes.txt")));
  });

  it("is not made through a link that leads nowhere, and the link stays", async (t) => {
    const folder = temporaryFolder(t);
    symlinkSync(join(folder, "target"), join(folder, "home"));
    assert.notEqual(await codeOf(initHome({ home: join(folder, "home") })), "none");
    assert.deepEqual(readdirSync(folder), ["home"]);
  });

  it("has a list of revocations that only its own authority signs", async (t) => {
    const folder = temporaryFolder(t);
    const one = await initHome({ home: join(folder, "one") });
    const two = await initHome({ home: join(folder, "two") });
    assert.throws(
      () => loadRevocations(one.home, new Map([[two.authority.keyId, two.authority.publicKey]])),
      (error) => isWrunError(error) && error.code === "REVOCATIONS_INVALID",
    );
  });
});
