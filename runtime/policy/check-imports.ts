import type { ComponentType } from "../component/wit-types.js";
import type { PolicyContracts } from "./contracts.js";
import { coversInterface, withoutVersion } from "./manifest/interface-pattern.js";
import type { PolicyManifest } from "./manifest/parse-policy.js";
import { exampleLine, yamlName } from "./match/denial-reason.js";

/** An import that is not linked, so that the component does not start. */
export interface Unlinkable {
  /** As in the binary, with its version; `$world` for functions imported at world level. */
  readonly import: string;
  /** A sentence. */
  readonly reason: string;
  /** Manifest lines under `allow:` that would grant it; empty where no line would help. */
  readonly suggestion: string;
}

type Imports = ComponentType["imports"];

export const worldInterface = "$world";

/** The imports that nobody implements or that no allow rule names. Types alone need no grant: they can do nothing. */
export function unlinkableImports(
  imports: Imports,
  manifest: PolicyManifest,
  contracts: PolicyContracts,
): readonly Unlinkable[] {
  const world = imports.functions.size + imports.resources.size === 0 ? [] : [worldInterface];
  const named = imports.interfaces
    .filter(({ functions, resources }) => functions.size + resources.size > 0)
    .map(({ name }) => name);
  return [...named, ...world].flatMap((name) => {
    const found = unlinkable(name, manifest, contracts);
    return found === undefined ? [] : [found];
  });
}

function unlinkable(
  imported: string,
  manifest: PolicyManifest,
  contracts: PolicyContracts,
): Unlinkable | undefined {
  const name = withoutVersion(imported);
  const contract = contracts.get(name);
  if (contract === undefined) {
    const what = name === worldInterface ? "functions imported without an interface" : yamlName(name);
    return { import: imported, reason: `nothing on this host implements ${what}`, suggestion: "" };
  }
  if (contract.authority === "none") return undefined;
  if (manifest.allow.some((rule) => coversInterface(rule.interface, name))) return undefined;
  const constraint = contract.grant === undefined ? "" : `\n  ${exampleLine(contract.grant)}`;
  return {
    import: imported,
    reason: `no allow rule of ${manifest.source} names ${yamlName(name)}`,
    suggestion: `- interface: ${yamlName(name)}${constraint}`,
  };
}
