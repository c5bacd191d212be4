import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, issueAuthorization } from "../../runtime/index.js";
import { spinPolicy } from "./policies.js";
import { type Published, pull } from "./publish.js";
import type { Reporter } from "./report.js";
import { refusalOf } from "./run.js";
import type { Stage } from "./stage.js";

/** What must not run: a component that was changed in the registry, one that nobody signed, and an authorization that
 * is over. */
export async function refuseSteps(stage: Stage, published: Published, report: Reporter): Promise<void> {
  report.chapter("Try what must not run");
  const policy = { bytes: Buffer.from(spinPolicy), name: "spin.yaml" };
  const artifact = await pull(published.spin);

  const restore = await flipBit(await findBlob(stage.registryFolder, digestOf(artifact.componentBytes)));
  const tampered = await refusalOf(() => pull(published.spin));
  await restore();
  report.shown(
    "a component changed in the registry is refused",
    tampered.code === "REGISTRY_DIGEST_MISMATCH",
    tampered.message,
  );

  const swapped = Buffer.from(artifact.componentBytes);
  swapped.writeUInt8(swapped.readUInt8(swapped.length - 1) ^ 1, swapped.length - 1);
  const lied = await refusalOf(() =>
    stage.runtime.start({
      component: { kind: "artifact", artifact: { ...artifact, componentBytes: swapped } },
      policy,
    }),
  );
  report.shown(
    "and so is one that a lying registry would pass on",
    lied.code === "COMPONENT_CONTENT_MISMATCH",
    lied.message,
  );

  const unsigned = await refusalOf(async () =>
    stage.runtime.start({
      component: { kind: "artifact", artifact: await pull(published.unsigned) },
      policy,
    }),
  );
  report.shown("an unsigned component is refused", unsigned.code === "COMPONENT_UNSIGNED", unsigned.message);

  const { node } = stage.runtime;
  const authorization = issueAuthorization({
    issuer: node.authority,
    subject: node.workloadId("spin"),
    node: { spiffeId: node.identity.spiffeId, keyId: node.identity.keyId },
    component: digestOf(artifact.componentBytes),
    policy: digestOf(policy.bytes),
    zone: node.zone,
    lifetimeSeconds: 60,
    now: new Date(Date.now() - 3_600_000),
  });
  const expired = await refusalOf(() =>
    stage.runtime.start({ component: { kind: "artifact", artifact }, policy, authorization }),
  );
  report.shown(
    "an expired authorization is refused",
    expired.code === "AUTHORIZATION_EXPIRED",
    expired.message,
  );
}

async function findBlob(folder: string, digest: string): Promise<string> {
  const hex = digest.slice("sha256:".length);
  const found = (await readdir(folder, { recursive: true })).find(
    (name) => name.startsWith("blobs") && name.endsWith(hex),
  );
  if (found === undefined) throw new Error(`the registry has no blob ${digest}`);
  return join(folder, found);
}

/** Flips the lowest bit of a file's last byte; the function that it returns flips it back. */
export async function flipBit(path: string, offset = -1): Promise<() => Promise<void>> {
  const flip = async (): Promise<void> => {
    const bytes = await readFile(path);
    const index = offset < 0 ? bytes.length + offset : offset;
    bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
    await writeFile(path, bytes);
  };
  await flip();
  return flip;
}
