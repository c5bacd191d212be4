import { componentManifest } from "../../registry/client/component-manifest.js";
import { type ComponentSource, loadPublisherIdentity, openHome, signArtifact } from "../../runtime/index.js";
import { type Arena, guestBytes } from "./harness.js";

/** A guest as a registry would hand it out, signed by the arena's publisher. */
export async function signedGuest(arena: Arena, name: string): Promise<ComponentSource> {
  const componentBytes = await guestBytes(name);
  const { manifest } = componentManifest(componentBytes, { imports: [], exports: [] });
  const envelope = await signArtifact(manifest.descriptor, loadPublisherIdentity(openHome(arena.home)));
  return {
    kind: "artifact",
    artifact: {
      reference: `registry.test/attacks/${name}:1.0.0`,
      manifestBytes: manifest.bytes,
      componentBytes,
      envelopes: [{ mediaType: "application/jose+json", bytes: envelope }],
    },
  };
}
