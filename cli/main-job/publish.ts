import { readFile } from "node:fs/promises";
import { parseReference, pullComponent, pushComponent } from "../../registry/index.js";
import { inspectComponent, signArtifact, type SignedArtifact } from "../../runtime/index.js";
import type { Reporter } from "./report.js";
import type { Stage } from "./stage.js";

/** The references under which the guests stand in the registry. */
export interface Published {
  readonly notes: string;
  readonly spin: string;
  /** In the registry, and signed by nobody. */
  readonly unsigned: string;
}

export async function publishSteps(stage: Stage, report: Reporter): Promise<Published> {
  report.chapter("Publish and sign");
  const published = {
    notes: `${stage.registry}/demo/notes:1.0.0`,
    spin: `${stage.registry}/demo/spin:1.0.0`,
    unsigned: `${stage.registry}/demo/unsigned:1.0.0`,
  };
  await publish(stage, "notes", published.notes, true);
  await publish(stage, "spin", published.spin, true);
  await publish(stage, "spin", published.unsigned, false);
  const verified = await stage.runtime.verify({ kind: "artifact", artifact: await pull(published.notes) });
  report.say(`${published.notes} is ${verified.digest}`);
  report.shown(
    "a component is published and signed",
    verified.provenance.kind === "signed",
    describe(verified.provenance),
  );
  return published;
}

export async function pull(reference: string): Promise<SignedArtifact> {
  return pullComponent(parseReference(reference));
}

async function publish(stage: Stage, guest: string, reference: string, signed: boolean): Promise<void> {
  const path = stage.guests.get(guest);
  if (path === undefined) throw new Error(`${guest} was not built`);
  const componentBytes = await readFile(path);
  const { imports, exports } = inspectComponent(componentBytes);
  await pushComponent({
    reference: parseReference(reference),
    componentBytes,
    config: {
      imports: imports.interfaces.map(({ name }) => name),
      exports: exports.interfaces.map(({ name }) => name),
    },
    ...(signed ? { sign: (manifest) => signArtifact(manifest, stage.publisher) } : {}),
  });
}

function describe(provenance: { kind: string; signer?: { subject: string } }): string {
  return provenance.signer === undefined ? provenance.kind : `signed by ${provenance.signer.subject}`;
}
