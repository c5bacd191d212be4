import type { Subject } from "../manifest/manifest.js";

/** What is about to run, as far as it has been verified. */
export interface SubjectClaims {
  readonly componentDigest: string;
  /** Of the key whose signature was verified; absent where nothing was signed. */
  readonly signerKeyId?: string | undefined;
}

export type SubjectVerdict = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** Whether a policy is meant for this component. What is not known does not match. */
export function subjectAllows(subject: Subject, claims: SubjectClaims): SubjectVerdict {
  return componentRefusal(subject, claims) ?? signerRefusal(subject, claims) ?? { allowed: true };
}

function componentRefusal({ component }: Subject, claims: SubjectClaims): SubjectVerdict | undefined {
  return component === undefined || component === claims.componentDigest
    ? undefined
    : refusal(`it is for the component ${component}, and this is ${claims.componentDigest}`);
}

function signerRefusal({ signers }: Subject, claims: SubjectClaims): SubjectVerdict | undefined {
  if (signers === undefined) return undefined;
  if (claims.signerKeyId === undefined)
    return refusal("it asks for a signed component, and this is unsigned");
  return signers.includes(claims.signerKeyId)
    ? undefined
    : refusal(`it does not accept components signed with the key ${claims.signerKeyId}`);
}

function refusal(why: string): SubjectVerdict {
  return { allowed: false, why };
}
