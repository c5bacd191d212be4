import { readFileSync } from "node:fs";
import { z } from "zod";
import { WrunError } from "../../errors/index.js";
import { type DistinguishedName, overlap, parseIdentityName } from "./distinguished-name.js";
import { parseStrictJson } from "./strict-json.js";

/** One checked entry of `trustPolicies`. */
export interface TrustPolicyEntry {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Names of stores under `truststore/x509/ca/`. */
  readonly stores: readonly string[];
  /** `any`: whoever the stores' roots have certified. */
  readonly identities: "any" | readonly DistinguishedName[];
}

declare const checked: unique symbol;
/** A whole trust policy file that was found valid. */
export interface TrustPolicyFile {
  readonly [checked]: "trust-policy";
  readonly path: string;
  readonly entries: readonly TrustPolicyEntry[];
}

const storeName = /^ca:([a-zA-Z0-9_.-]+)$/;
const scopeForm =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+$/;
const subjectPrefix = "x509.subject:";

/** Notation's `trustpolicy.json`, version 1.0; of the verification levels only `strict`, without overrides. */
const form = z.strictObject({
  version: z.literal("1.0"),
  trustPolicies: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        registryScopes: z.array(z.string()).min(1),
        signatureVerification: z.strictObject({
          level: z.literal("strict", { error: "only the verification level 'strict' is accepted" }),
        }),
        trustStores: z.array(z.string().regex(storeName, "a trust store is written ca:NAME")).min(1),
        trustedIdentities: z.array(z.string()).min(1),
      }),
    )
    .min(1),
});

/** Reads the file anew. Throws `TRUST_POLICY_MISSING`, `TRUST_POLICY_INVALID`. */
export function loadTrustPolicy(path: string): TrustPolicyFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new WrunError("TRUST_POLICY_MISSING", { path });
    throw new WrunError("FILE_UNREADABLE", { path, reason: code ?? String(error) }, { cause: error });
  }
  return parseTrustPolicy(path, bytes);
}

export function parseTrustPolicy(path: string, bytes: Uint8Array): TrustPolicyFile {
  let value: unknown;
  try {
    value = parseStrictJson(bytes);
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error));
  }
  const result = form.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(
      path,
      `${issue?.path.join(".") || "the document"}: ${issue?.message ?? "has another form"}`,
    );
  }
  const entries: readonly TrustPolicyEntry[] = result.data.trustPolicies.map((policy) => ({
    name: policy.name,
    scopes: checkScopes(path, policy.name, policy.registryScopes),
    stores: policy.trustStores.map((text) => checkStore(path, policy.name, text)),
    identities: checkIdentities(path, policy.name, policy.trustedIdentities),
  }));
  refuseRepeated(
    path,
    "the name",
    entries.map((entry) => entry.name),
  );
  refuseRepeated(
    path,
    "the registry scope",
    entries.flatMap((entry) => entry.scopes),
  );
  return Object.freeze({ path, entries }) as TrustPolicyFile;
}

/**
 * The one entry that applies to a repository (`registry.example:5000/team/name`, without tag or digest): the one that
 * names it, else the one with the scope `*`. Throws `TRUST_POLICY_NOT_APPLICABLE`.
 */
export function selectTrustPolicy(file: TrustPolicyFile, repository: string): TrustPolicyEntry {
  const exact =
    repository === "*" ? undefined : file.entries.find((entry) => entry.scopes.includes(repository));
  const entry = exact ?? file.entries.find((candidate) => candidate.scopes[0] === "*");
  if (entry === undefined) throw new WrunError("TRUST_POLICY_NOT_APPLICABLE", { scope: repository });
  return entry;
}

function checkScopes(path: string, name: string, scopes: readonly string[]): readonly string[] {
  if (scopes.includes("*")) {
    if (scopes.length > 1) throw invalid(path, `policy '${name}' mixes the scope * with others`);
    return scopes;
  }
  for (const scope of scopes) {
    if (!scopeForm.test(scope)) {
      throw invalid(
        path,
        `policy '${name}': the scope '${scope}' is not a whole repository such as host/name`,
      );
    }
  }
  return scopes;
}

function checkStore(path: string, name: string, text: string): string {
  const store = storeName.exec(text)?.[1];
  // The name becomes part of a path.
  if (store === undefined || store === "." || store === "..") {
    throw invalid(path, `policy '${name}': '${text}' does not name a trust store`);
  }
  return store;
}

function checkIdentities(
  path: string,
  name: string,
  identities: readonly string[],
): "any" | readonly DistinguishedName[] {
  if (identities.includes("*")) {
    if (identities.length > 1) throw invalid(path, `policy '${name}' mixes the identity * with others`);
    return "any";
  }
  const names = identities.map((identity) => {
    if (!identity.startsWith(subjectPrefix)) {
      throw invalid(path, `policy '${name}': '${identity}' does not start with ${subjectPrefix}`);
    }
    try {
      return parseIdentityName(identity.slice(subjectPrefix.length));
    } catch (error) {
      throw invalid(path, `policy '${name}', identity '${identity}': ${(error as Error).message}`);
    }
  });
  names.forEach((one, index) => {
    if (names.slice(index + 1).some((other) => overlap(one, other))) {
      throw invalid(
        path,
        `policy '${name}': the identity '${identities[index] ?? ""}' overlaps with a later one`,
      );
    }
  });
  return names;
}

function refuseRepeated(path: string, what: string, values: readonly string[]): void {
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  if (repeated !== undefined) throw invalid(path, `${what} '${repeated}' appears twice`);
}

function invalid(path: string, reason: string): WrunError {
  return new WrunError("TRUST_POLICY_INVALID", { path, reason });
}
