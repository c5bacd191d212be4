import type { InterfaceContract } from "../contracts.js";
import type { PolicyRule } from "../manifest/manifest.js";
import type { CallSite, Decision, Facts, GrantKind, OnViolation } from "../types.js";
import type { NearMiss } from "./argument-index.js";
import { metBy, missText, valueText } from "./argument-miss.js";
import { printable } from "./printable.js";

/** A denial by a rule. Like all denials it carries its reason as a getter: most are never read. */
export function ruleDenial(
  { id, line }: PolicyRule,
  onViolation: OnViolation,
  site: CallSite,
  facts: Facts | undefined,
): Decision {
  return denial(id, onViolation, () => `${asked(site, facts)} is denied by the rule ${id} in line ${line}`);
}

/** A rule that would have allowed a call with other arguments. */
export interface ClosestRule {
  readonly rule: PolicyRule;
  readonly near: NearMiss;
}

/**
 * A denial because nothing allows the call; says what would, if anything. Where an allow rule failed for its `args`
 * alone, it names that rule.
 */
export function defaultDenial(
  onViolation: OnViolation,
  site: CallSite,
  facts: Facts | undefined,
  contract: InterfaceContract | undefined,
  closest: () => ClosestRule | undefined,
): Decision {
  const reason = (): string => {
    if (contract === undefined) return `nothing on this host implements ${yamlName(site.interface)}`;
    const refused = `no rule allows ${asked(site, facts)}`;
    const found = closest();
    return found === undefined
      ? `${refused}${leadIn}${underAllow(suggestion(site, facts, contract.grant))}`
      : `${refused}: the rule ${found.rule.id} in line ${found.rule.line} came closest, but ${missText(found.near.misses)}`;
  };
  const advice = (): string | undefined => {
    const found = contract === undefined ? undefined : closest();
    if (found === undefined) return undefined;
    const { rules, misses } = found.near;
    const met = metBy(rules, misses);
    return met === undefined
      ? valueText(misses)
      : `${valueText(misses)}; that rule would allow it with\n  ${met}`;
  };
  return denial(null, onViolation, reason, advice);
}

const leadIn = "; this would, under allow:\n";

/** A denial's reason without the lines that would allow the call, and thus in one line. */
export function withoutHint(reason: string): string {
  const [sentence = ""] = reason.split(leadIn);
  return sentence;
}

/** The lines of a rule as they stand under `allow:`, with the indentation that manifests have. */
export function underAllow(rule: string): string {
  return rule.replace(/^/gm, "  ");
}

/** The manifest lines of a rule that would allow the call. */
export function suggestion(site: CallSite, facts: Facts | undefined, kind: GrantKind | undefined): string {
  const rule = `- interface: ${yamlName(site.interface)}`;
  if (kind === undefined) return `${rule}\n  functions: [${yamlName(site.function)}]`;
  const lines =
    facts === undefined ? exampleLine(kind) : safely(() => kind.suggest(site, facts), exampleLine(kind));
  return lines.startsWith("- ") ? lines : `${rule}\n${lines.replace(/^/gm, "  ")}`;
}

/** A kind's key with an example, or with an empty list, which links the interface and lets nothing of it be touched. */
export function exampleLine(kind: GrantKind): string {
  return kind.example === undefined ? `${kind.key}: []` : `${kind.key}: [${kind.example}]`;
}

/** Interface and function names come from the component's binary; only plain ones go into YAML unquoted. */
export function yamlName(name: string): string {
  return /^[a-z][a-zA-Z0-9:/.-]*$/.test(name) ? name : printable(name);
}

function asked({ interface: name, function: called }: CallSite, facts: Facts | undefined): string {
  const what = facts === undefined ? "" : ` with ${printable(facts)}`;
  return `${yamlName(name)} ${yamlName(called)}${what}`;
}

function denial(
  rule: string | null,
  onViolation: OnViolation,
  reason: () => string,
  advice: () => string | undefined = () => undefined,
): Decision {
  return {
    verdict: "deny",
    rule,
    onViolation,
    get reason() {
      return safely(reason, "denied; the reason could not be put into words");
    },
    get advice() {
      return safely(advice, undefined);
    },
  };
}

/** A sentence is not worth an error: the denial stands without it. */
function safely<Text extends string | undefined>(make: () => Text, otherwise: Text): Text {
  try {
    return make();
  } catch {
    return otherwise;
  }
}
