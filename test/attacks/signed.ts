import { componentManifest } from "../../registry/client/component-manifest.js";
import {
  type ComponentSource,
  loadPublisherIdentity,
  openHome,
  signArtifact,
  type SignedArtifact,
} from "wrun";
import { type Arena, guestBytes } from "./harness.js";

/** A guest as a registry would hand it out, signed by a publisher of this home. */
export async function signedArtifact(
  home: string,
  guest: string,
  publisher = "default",
): Promise<SignedArtifact> {
  const componentBytes = await guestBytes(guest);
  const { manifest } = componentManifest(componentBytes, { imports: [], exports: [] });
  const envelope = await signArtifact(manifest.descriptor, loadPublisherIdentity(openHome(home), publisher));
  return {
    reference: `registry.test/attacks/${guest}:1.0.0`,
    manifestBytes: manifest.bytes,
    componentBytes,
    envelopes: [{ mediaType: "application/jose+json", bytes: envelope }],
  };
}

/** The same as the source of a run, by the arena's own publisher. */
export async function signedGuest(arena: Arena, guest: string): Promise<ComponentSource> {
  return { kind: "artifact", artifact: await signedArtifact(arena.home, guest) };
}
