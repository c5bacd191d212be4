import { digestOf } from "../../digest.js";
import { type WrunError, wrapUnknown } from "../../errors/index.js";
import type { RevocationLookup } from "../../trust/types.js";
import type { SignatureCheck } from "../artifact.js";
import type { PublisherTrust } from "./publisher-trust.js";
import { verifyEnvelope } from "./verify-envelope.js";

export interface SignatureCheckOptions {
  readonly trust: PublisherTrust;
  readonly revocations: RevocationLookup;
  readonly now?: () => Date;
}

const imageManifest = "application/vnd.oci.image.manifest.v1+json";
/** Anyone may attach referrers to a manifest; judging them must not take for ever. */
const envelopeLimit = 32;

/**
 * One good signature is enough, whatever the others are; the reasons of all that failed are given when none is. Where one
 * of them would have been good but for a revocation, that is thrown (`SIGNATURE_REVOKED`): what is wrong with the others
 * anybody can cause by adding one, and the advice for that, to trust the publisher, would be wrong.
 */
export function createSignatureCheck(options: SignatureCheckOptions): SignatureCheck {
  return async ({ manifestBytes, envelopes }) => {
    if (envelopes.length === 0) return { ok: false, reason: "the artifact has no signature" };
    if (envelopes.length > envelopeLimit) {
      return { ok: false, reason: `the artifact has more than ${envelopeLimit} signatures` };
    }
    const manifest = {
      mediaType: imageManifest,
      digest: digestOf(manifestBytes),
      size: manifestBytes.length,
    };
    const now = options.now?.() ?? new Date();
    const failures: WrunError[] = [];
    for (const envelope of envelopes) {
      try {
        const { trust, revocations } = options;
        const verified = await verifyEnvelope({ envelope, manifest, trust, revocations, now });
        const { signer, targetDigest, standing: signature } = verified;
        return { ok: true, signer, targetDigest, signature };
      } catch (error) {
        failures.push(wrapUnknown(error));
      }
    }
    const revoked = failures.find(({ code }) => code === "SIGNATURE_REVOKED");
    if (revoked !== undefined) throw revoked;
    return { ok: false, reason: [...new Set(failures.map(({ message }) => message))].join("; ") };
  };
}
