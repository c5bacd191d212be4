import {
  digestOf,
  inspectComponent,
  loadPublisherIdentity,
  signArtifact,
  toComponent,
} from "../../runtime/index.js";
import { readInput } from "../read-input.js";
import { homeOf } from "../open-runtime.js";
import type { Session } from "../session.js";

export async function publish(session: Session, file: string, referenceText: string): Promise<number> {
  const { terminal } = session;
  const { parseReference, pushComponent } = await import("../../registry/index.js");
  const reference = parseReference(referenceText);
  const publisher = loadPublisherIdentity(homeOf(session));
  const { bytes, adaptedFrom } = await toComponent(await readInput(file, "a component"));
  const { imports, exports } = inspectComponent(bytes);
  const progress = terminal.progress("pushing", reference.text);
  const pushed = await pushComponent(
    {
      reference,
      componentBytes: bytes,
      config: {
        imports: imports.interfaces.map(({ name }) => name),
        exports: exports.interfaces.map(({ name }) => name),
      },
      sign: (manifest) => signArtifact(manifest, publisher),
    },
    { onProgress: (done, total) => progress.update(done, total) },
  ).finally(() => progress.end());

  const digest = digestOf(bytes);
  terminal.line(`Published and signed ${reference.text}`);
  terminal.fields([
    ["component", digest],
    ...(adaptedFrom === undefined ? [] : [["adapted from", adaptedFrom] as const]),
    ["manifest", pushed.manifestDigest],
    ["signed by", publisher.keyId],
  ]);
  terminal.value({
    reference: reference.text,
    component: digest,
    adaptedFrom: adaptedFrom ?? null,
    manifest: pushed.manifestDigest,
    signer: publisher.keyId,
  });
  return 0;
}
