import { digestOf, type Digest } from "../digest.js";
import { isWrunError, WrunError } from "../errors/index.js";
import {
  type SignatureCheck,
  type SignatureVerdict,
  signatureEnvelopeMediaType,
  type SignedArtifact,
  type Signer,
  type StandingSignature,
} from "./artifact.js";
import { parseComponentManifest } from "./component-manifest.js";
import { decodeComponent, type CoreModuleInfo } from "./decode/index.js";
import type { ComponentType } from "./wit-types.js";

declare const verified: unique symbol;

/**
 * A component that may be linked: who answers for it is settled, and its imports and exports were read from its
 * bytes. Only the two functions of this file make one.
 */
export interface VerifiedComponent {
  readonly [verified]: true;
  readonly bytes: Uint8Array;
  /** Of {@link bytes}. */
  readonly digest: Digest;
  readonly type: ComponentType;
  readonly coreModules: readonly CoreModuleInfo[];
  readonly provenance: Provenance;
  /** What of its signature must go on holding; undefined where nobody signed it. */
  readonly signature: StandingSignature | undefined;
}

/** Where a component comes from, as far as that was verified. */
export type Provenance =
  | {
      readonly kind: "unsigned";
      /** The digest of the file that was given, where that was a core module of WASI 0.1. */
      readonly adaptedFrom: Digest | undefined;
    }
  | {
      readonly kind: "signed";
      readonly reference: string;
      readonly signer: Signer;
      readonly manifestDigest: Digest;
    };

const made = new WeakSet<VerifiedComponent>();

export interface UnsignedOptions {
  /** Only a person who means this file may say so; nothing sets it by default. */
  readonly allowUnsigned: boolean;
  /** For messages: the path. */
  readonly name?: string;
  readonly adaptedFrom?: Digest;
}

/** A local file that nobody signed. Throws `COMPONENT_UNSIGNED` unless it is allowed, and what reading it throws. */
export function acceptUnsigned(bytes: Uint8Array, options: UnsignedOptions): VerifiedComponent {
  if (!options.allowUnsigned) {
    throw new WrunError("COMPONENT_UNSIGNED", { name: options.name ?? "the component" });
  }
  return seal(bytes, { kind: "unsigned", adaptedFrom: options.adaptedFrom });
}

/**
 * A pulled artifact. Its manifest must describe exactly one component, that component must be the bytes at hand, and
 * a signature that `checkSignature` accepts must be over exactly this manifest. An error in checking is a refusal.
 */
export async function verifySigned(
  artifact: SignedArtifact,
  checkSignature: SignatureCheck,
): Promise<VerifiedComponent> {
  const name = artifact.reference;
  const manifestBytes = copyOf(artifact.manifestBytes);
  const componentBytes = copyOf(artifact.componentBytes);
  const manifestDigest = digestOf(manifestBytes);
  const envelopes = artifact.envelopes
    .filter((envelope) => envelope.mediaType === signatureEnvelopeMediaType)
    .map((envelope) => copyOf(envelope.bytes));
  if (envelopes.length === 0) throw new WrunError("COMPONENT_UNSIGNED", { name });

  const verdict = await judge(name, () => checkSignature({ manifestBytes, envelopes }));
  if (verdict.targetDigest !== manifestDigest) {
    const reason = `it is over ${verdict.targetDigest}, the manifest is ${manifestDigest}`;
    throw new WrunError("COMPONENT_SIGNATURE_REFUSED", { name, reason });
  }
  const { layer } = parseComponentManifest(manifestBytes, name);
  if (layer.size !== componentBytes.length) {
    const reason = `${componentBytes.length} bytes where ${layer.size} are declared`;
    throw new WrunError("COMPONENT_CONTENT_MISMATCH", { name, reason });
  }
  const digest = digestOf(componentBytes);
  if (layer.digest !== digest) {
    const reason = `${digest} where ${layer.digest} is declared`;
    throw new WrunError("COMPONENT_CONTENT_MISMATCH", { name, reason });
  }
  const { signer, signature } = verdict;
  return seal(componentBytes, { kind: "signed", reference: name, signer, manifestDigest }, signature);
}

/** Holds at run time what the type says: throws for anything that this file did not make. */
export function assertVerified(component: VerifiedComponent): void {
  if (!made.has(component)) throw new WrunError("INTERNAL", { reason: "a component that nothing verified" });
}

async function judge(
  name: string,
  check: () => SignatureVerdict | Promise<SignatureVerdict>,
): Promise<Extract<SignatureVerdict, { ok: true }>> {
  let verdict: SignatureVerdict;
  try {
    verdict = await check();
  } catch (error) {
    if (isWrunError(error)) throw error;
    const reason = "checking it failed";
    throw new WrunError("COMPONENT_SIGNATURE_REFUSED", { name, reason }, { cause: error });
  }
  if (!verdict.ok) {
    throw new WrunError("COMPONENT_SIGNATURE_REFUSED", { name, reason: verdict.reason });
  }
  return verdict;
}

/** What is checked here is what is linked, whatever the caller does with its buffers meanwhile. `slice` would not do: that
 * of a Buffer is a view. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function seal(bytes: Uint8Array, provenance: Provenance, signature?: StandingSignature): VerifiedComponent {
  const own = copyOf(bytes);
  const { type, coreModules } = decodeComponent(own);
  const component = Object.freeze({
    bytes: own,
    digest: digestOf(own),
    type,
    coreModules,
    provenance: Object.freeze(provenance),
    signature,
  }) as VerifiedComponent;
  made.add(component);
  return component;
}
