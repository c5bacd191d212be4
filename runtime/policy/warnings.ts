import type { ComponentType, InterfaceType } from "../component/wit-types.js";
import { worldInterface } from "./check-imports.js";
import type { PolicyContracts } from "./contracts.js";
import { coversInterface, interfacesOf, isWildcard, withoutVersion } from "./manifest/interface-pattern.js";
import type { PolicyRule } from "./manifest/manifest.js";
import type { PolicyManifest } from "./manifest/parse-policy.js";

/** Something in a policy that works, but surely not as its author meant it. */
export interface PolicyWarning {
  readonly rule: string;
  readonly line: number;
  /** A sentence. */
  readonly message: string;
}

type Functions = InterfaceType["functions"];

/** What of a policy a component with these imports cannot use, and what can never take effect. */
export function warningsFor(
  manifest: PolicyManifest,
  contracts: PolicyContracts,
  imports: ComponentType["imports"],
): readonly PolicyWarning[] {
  const imported: readonly (readonly [string, Functions])[] = [
    ...imports.interfaces.map(({ name, functions }) => [withoutVersion(name), functions] as const),
    [worldInterface, imports.functions],
  ];
  return [...manifest.allow, ...manifest.deny]
    .flatMap((rule) =>
      [
        ...unused(rule, imported),
        ...(rule.effect === "allow" ? pointless(rule, contracts) : []),
        ...(rule.effect === "allow" ? shadowed(rule, manifest.deny) : []),
      ].map((message) => ({ rule: rule.id, line: rule.line, message })),
    )
    .sort((a, b) => a.line - b.line);
}

function unused(rule: PolicyRule, imported: readonly (readonly [string, Functions])[]): readonly string[] {
  const reached = imported.filter(
    ([name, functions]) => coversInterface(rule.interface, name) && functions.size > 0,
  );
  if (reached.length === 0) {
    return rule.effect === "allow" ? [`grants ${rule.interface}, which the component does not import`] : [];
  }
  const missing = (rule.functions ?? []).filter(
    (name) => !reached.some(([, functions]) => functions.has(name)),
  );
  return [
    ...missing.map(
      (name) => `names the function ${name}, which the component does not import from ${rule.interface}`,
    ),
    ...unknownArguments(rule, reached),
  ];
}

/** An argument rule about a parameter that a function lacks: an allow never matches, and a deny always does. */
function unknownArguments(
  rule: PolicyRule,
  reached: readonly (readonly [string, Functions])[],
): readonly string[] {
  const effect = rule.effect === "allow" ? "never allows it" : "always denies it";
  return reached.flatMap(([, functions]) =>
    [...functions]
      .filter(([name]) => rule.functions?.includes(name) ?? true)
      .flatMap(([name, { params }]) =>
        rule.args
          .map(({ path }) => path[0] ?? "")
          .filter((wanted) => !params.some((param) => param.name === wanted))
          .map((wanted) => `asks for the argument ${wanted}, which ${name} does not have, and so ${effect}`),
      ),
  );
}

function pointless(rule: PolicyRule, contracts: PolicyContracts): readonly string[] {
  const reached = interfacesOf(rule.interface, contracts);
  if (rule.rate === undefined && reached.every(([, { authority }]) => authority === "none")) {
    return [`grants ${rule.interface}, which is open to every guest`];
  }
  const empty = [...rule.grants].filter(([, grants]) => grants.length === 0);
  const untouched = empty.map(
    ([key]) => `links ${rule.interface} and lets nothing of it be touched: its list under "${key}" is empty`,
  );
  return rule.functions?.length === 0
    ? [...untouched, `links ${rule.interface} and lets no call through: its list under "functions" is empty`]
    : untouched;
}

/** An unconditional denial that covers at least as much leaves nothing of a grant. */
function shadowed(rule: PolicyRule, denials: readonly PolicyRule[]): readonly string[] {
  const shadow = denials.find(
    (denial) =>
      denial.args.length === 0 &&
      denial.grants.size === 0 &&
      coversPattern(denial.interface, rule.interface) &&
      coversFunctions(denial.functions, rule.functions),
  );
  return shadow === undefined
    ? []
    : [`has no effect: the rule ${shadow.id} in line ${shadow.line} denies all of it`];
}

function coversPattern(wide: string, narrow: string): boolean {
  return wide === narrow || (isWildcard(wide) && coversInterface(wide, narrow));
}

function coversFunctions(
  wide: readonly string[] | undefined,
  narrow: readonly string[] | undefined,
): boolean {
  if (wide === undefined) return true;
  return narrow !== undefined && narrow.every((name) => wide.includes(name));
}
