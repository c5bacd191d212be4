import type { Subject } from "../manifest/manifest.js";
import { parseVersion, satisfies } from "../manifest/version-range.js";

/** What is about to run, as far as it has been verified. */
export interface SubjectClaims {
  readonly componentDigest: string;
  /** The name and version that it was published under; absent for a local file. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** Of the key whose signature was verified; absent where nothing was signed. */
  readonly signerKeyId?: string | undefined;
}

export type SubjectVerdict = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** Whether a policy is meant for this component. What is not known does not match. */
export function subjectAllows(subject: Subject, claims: SubjectClaims): SubjectVerdict {
  return componentRefusal(subject, claims) ?? signerRefusal(subject, claims) ?? { allowed: true };
}

function componentRefusal({ component }: Subject, claims: SubjectClaims): SubjectVerdict | undefined {
  if (component === undefined) return undefined;
  if (component.kind === "digest") {
    return component.digest === claims.componentDigest
      ? undefined
      : refusal(`it is for the component ${component.digest}, and this is ${claims.componentDigest}`);
  }
  const wanted = `${component.name}@${component.range.text}`;
  if (claims.name !== component.name) {
    return refusal(
      `it is for ${wanted}, and this is ${claims.name ?? "a component without a published name"}`,
    );
  }
  const version = claims.version === undefined ? undefined : parseVersion(claims.version);
  return version !== undefined && satisfies(version, component.range)
    ? undefined
    : refusal(`it is for ${wanted}, and this is version ${claims.version ?? "unknown"}`);
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
