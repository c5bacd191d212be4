import { dirname, join } from "node:path";
import { WrunError } from "../../errors/index.js";
import { makeFolder, makeOnce } from "../../files/index.js";
import type { DistinguishedName } from "./distinguished-name.js";
import { loadTrustPolicy, parseTrustPolicy, selectTrustPolicy } from "./trust-policy.js";
import { loadTrustStores, splitCertificates } from "./trust-store.js";
import { type ParsedCertificate, parseCertificate } from "./x509-certificate.js";

/** Where a home keeps its decisions about trust. */
export interface TrustLocation {
  /** `trustpolicy.json`. */
  readonly trustPolicy: string;
  /** The folder that holds `x509/ca/<store>/`. */
  readonly truststore: string;
}

declare const checked: unique symbol;
/** Whom a person trusts to publish into one repository. */
export interface PublisherTrust {
  readonly [checked]: "publisher-trust";
  /** The trust policy's name. */
  readonly name: string;
  readonly identities: "any" | readonly DistinguishedName[];
  readonly roots: readonly ParsedCertificate[];
}

/**
 * Reads the trust policy, selects the entry for a repository (`registry.example:5000/team/name`), and reads the trust
 * stores that it names. Throws a `TRUST_…` error; where nothing is configured, nobody is trusted.
 */
export function loadPublisherTrust(location: TrustLocation, repository: string): PublisherTrust {
  const { name, identities, stores } = selectTrustPolicy(loadTrustPolicy(location.trustPolicy), repository);
  const roots = loadTrustStores(location.truststore, stores);
  return Object.freeze({ name, identities, roots }) as PublisherTrust;
}

export interface NewTrust {
  /** The policy's name and the store's. */
  readonly name: string;
  /** Root certificates, PEM or DER. */
  readonly certificates: Uint8Array;
  /** Default: every repository. */
  readonly registryScopes?: readonly string[];
  /** Such as `x509.subject: C=ZZ, ST=none, O=example`. Default `*`: whomever these roots certify. */
  readonly trustedIdentities?: readonly string[];
}

/** Writes a first trust policy with one trust store, for `wrun init`. Never overwrites. Throws `TRUST_POLICY_EXISTS`. */
export function createPublisherTrust(location: TrustLocation, options: NewTrust): void {
  const document = {
    version: "1.0",
    trustPolicies: [
      {
        name: options.name,
        registryScopes: options.registryScopes ?? ["*"],
        signatureVerification: { level: "strict" },
        trustStores: [`ca:${options.name}`],
        trustedIdentities: options.trustedIdentities ?? ["*"],
      },
    ],
  };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  parseTrustPolicy(location.trustPolicy, Buffer.from(text));
  for (const der of splitCertificates(options.certificates)) parseCertificate(der);
  const certificate = join(location.truststore, "x509", "ca", options.name, `${options.name}.pem`);
  try {
    makeFolder(dirname(certificate), 0o700);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new WrunError("FILE_UNWRITABLE", { path: dirname(certificate), reason }, { cause: error });
  }
  // The store first: a policy must not name a store that is not there.
  writeNew(certificate, options.certificates);
  writeNew(location.trustPolicy, text);
}

function writeNew(path: string, data: Uint8Array | string): void {
  let made: boolean;
  try {
    made = makeOnce(path, () => data);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new WrunError("FILE_UNWRITABLE", { path, reason }, { cause: error });
  }
  if (!made) throw new WrunError("TRUST_POLICY_EXISTS", { path });
}
