import { closeSync, openSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { componentManifest } from "../../../registry/client/component-manifest.js";
import { digestOf, openHome, signArtifact, type SignedArtifact } from "wrun";
import { chain } from "../../component/signature/certificates.js";
import { guestBytes, policyOf } from "../harness.js";
import { scriptPolicy } from "../script-policy.js";
import { type EnterOptions, outlasts, type Stage, type Verdict, type Watched } from "./stage.js";

/* Attacks on what a run rests on, and on what is said of why a call or a run came to nothing. */

const limits = "limits: { wall: 60s, memory: 32MiB }";

export const trustAttacks = {
  "go on after its issuer lost its key": async (stage: Stage): Promise<Verdict> => {
    const { artifact, issuerKeyId } = await issuedArtifact(stage);
    const watched = await stage.enter("spin", {
      component: { kind: "artifact", artifact },
      policy: policyOf([], limits),
    });
    await stage.runtime.revoke({ kind: "publisher-key", id: issuerKeyId, reason: "for the test" });
    return outlasts(watched, stage.patience);
  },
  "end a run of somebody else by a lack of descriptors": async (stage: Stage): Promise<Verdict> => {
    const policyPath = join(stage.folder, "policy.yaml");
    const policy = policyOf([], `trust: { maxStaleness: 10s }\n${limits}`);
    await writeFile(policyPath, policy);
    const watched = await enterAndBegin(stage, { policy, policyPath });
    const taken = takeDescriptors();
    // The policy's file is looked at several times within what may be stale.
    await Promise.race([watched.run.finished, sleep(8_000)]);
    for (const fd of taken) closeSync(fd);
    const { succeeded, seen } = await outlasts(watched, 1_000);
    return { succeeded: !succeeded, seen };
  },
  "have its own mistakes taken for denials": async (stage: Stage): Promise<Verdict> => {
    const data = join(stage.folder, "data");
    await mkdir(data);
    const grant = "{ root: data, prefix: /, rights: [read, write, create, delete, list] }";
    const { report } = await stage.run("script", {
      policy: scriptPolicy({ allow: [`{ interface: "wasi:filesystem/types", fs: [${grant}] }`] }),
      args: ["script", 'const [[root] = []] = getDirectories(); count(5, () => root.unlinkFileAt("a\\0b"));'],
      roots: [{ name: "data", host: data, guest: "/data" }],
    });
    const { denied, malformed } = report.calls;
    return { succeeded: denied > 0, seen: `${denied} denied, ${malformed} malformed` };
  },
} as const;

/** A guest that computes for ever, and does. */
async function enterAndBegin(stage: Stage, options: EnterOptions): Promise<Watched> {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const watched = await stage.enter("spin", {
    ...options,
    onEvent: ({ type }) => void (type === "started" && begin()),
  });
  await Promise.race([begun, watched.run.finished]);
  // The records of its start have their head by then; what cannot be recorded ends for that.
  await sleep(1_000);
  return watched;
}

/** A workload of a publisher whose key an issuer vouches for; the home trusts the root above both. */
async function issuedArtifact(stage: Stage): Promise<{ artifact: SignedArtifact; issuerKeyId: string }> {
  const times = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
  const issued = await chain({ root: times, intermediate: times, leaf: times });
  const home = openHome(stage.home);
  const store = join(home.truststore, "x509", "ca", "issuers");
  await mkdir(store, { recursive: true });
  await writeFile(join(store, "root.crt"), issued.root.der);
  const trusted = {
    name: "issuers",
    registryScopes: ["*"],
    signatureVerification: { level: "strict" },
    trustStores: ["ca:issuers"],
    trustedIdentities: ["*"],
  };
  await writeFile(home.trustPolicy, JSON.stringify({ version: "1.0", trustPolicies: [trusted] }));
  const componentBytes = await guestBytes("spin");
  const { manifest } = componentManifest(componentBytes, { imports: [], exports: [] });
  const { privateKey } = issued.leaf;
  const envelope = await signArtifact(manifest.descriptor, {
    privateKey,
    certificates: issued.certificates,
  });
  return {
    artifact: {
      reference: "registry.test/issued/spin:1.0.0",
      manifestBytes: manifest.bytes,
      componentBytes,
      envelopes: [{ mediaType: "application/jose+json", bytes: envelope }],
    },
    issuerKeyId: digestOf(new Uint8Array(issued.intermediate.certificate.publicKey.rawData)),
  };
}

/** All that this process may still open. */
function takeDescriptors(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    return taken;
  }
}
