import {
  decodeComponent,
  digestOf,
  loadPublisherIdentity,
  parseComponentManifest,
  signArtifact,
  type SignedArtifact,
  WrunError,
} from "../../runtime/index.js";
import { homeOf } from "../open-runtime.js";
import type { Session } from "../session.js";

export async function sign(session: Session, referenceText: string): Promise<number> {
  const { terminal } = session;
  const { parseReference, pullComponent, pushSignature } = await import("../../registry/index.js");
  const reference = parseReference(referenceText);
  const publisher = loadPublisherIdentity(homeOf(session));
  const progress = terminal.progress("pulling", reference.text);
  const artifact = await pullComponent(reference, {
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.end());

  const component = checkedComponent(artifact);
  const manifestDescriptor = {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: digestOf(artifact.manifestBytes),
    size: artifact.manifestBytes.length,
  };
  const envelopeBytes = await signArtifact(manifestDescriptor, publisher);
  await pushSignature({ reference, manifestDescriptor, envelopeBytes });

  terminal.line(`Signed ${reference.text}`);
  terminal.fields([
    ["component", component],
    ["manifest", manifestDescriptor.digest],
    ["signed by", publisher.keyId],
  ]);
  terminal.value({
    reference: reference.text,
    component,
    manifest: manifestDescriptor.digest,
    signer: publisher.keyId,
  });
  return 0;
}

/** What is signed is a manifest; so it must describe exactly the component that is at hand, and that must be one. */
function checkedComponent({ reference, manifestBytes, componentBytes }: SignedArtifact): string {
  const { layer } = parseComponentManifest(manifestBytes, reference);
  const digest = digestOf(componentBytes);
  if (layer.digest !== digest || layer.size !== componentBytes.length) {
    const reason = `${digest} where ${layer.digest} is declared`;
    throw new WrunError("COMPONENT_CONTENT_MISMATCH", { name: reference, reason });
  }
  decodeComponent(componentBytes);
  return digest;
}
