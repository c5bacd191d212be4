import { WrunError } from "../errors/index.js";
import { didYouMean } from "../nearest.js";
import type { PolicyManifest } from "./manifest/parse-policy.js";
import { quoteYaml } from "./match/printable.js";

/**
 * A rule about a file root that a run does not have matches no call of it. Of an allow, that is a grant that nobody gets; of a
 * deny, a mount under another name that it does not cover. Throws `POLICY_ROOT_MISSING`.
 */
export function refuseMissingRoots(
  manifest: PolicyManifest,
  roots: readonly { readonly name: string }[],
): void {
  const known = roots.map(({ name }) => name);
  for (const { id, roots: named } of [...manifest.allow, ...manifest.deny]) {
    const missing = named.find(({ root }) => !known.includes(root));
    if (missing === undefined) continue;
    throw new WrunError("POLICY_ROOT_MISSING", {
      at: `${manifest.source}:${missing.line}:${missing.column}`,
      rule: id,
      root: quoteYaml(missing.root),
      hint: didYouMean(missing.root, known),
      known: known.map(quoteYaml).join(", ") || "none",
    });
  }
}
