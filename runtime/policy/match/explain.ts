import type { PolicyContracts } from "../contracts.js";
import { isWildcard } from "../manifest/interface-pattern.js";
import type { PolicyRule } from "../manifest/manifest.js";
import type { PolicyManifest } from "../manifest/parse-policy.js";
import type { CallArguments, CallSite, Decision, Facts, GrantKind, RuleEffect } from "../types.js";
import { missesOf, missText, valueText } from "./argument-miss.js";
import { compileArguments } from "./argument-rules.js";
import { coversSite, functionsCovered } from "./denied-besides.js";
import { printable } from "./printable.js";
import { grantsOf } from "./rule-group.js";

/** What one rule has to say to a call. */
export interface RuleTrace {
  readonly rule: string;
  readonly effect: RuleEffect;
  readonly line: number;
  readonly matched: boolean;
  /** A sentence. */
  readonly why: string;
}

export interface Explanation {
  readonly decision: Decision;
  /** Every rule of the manifest, denials first, as they are looked at. */
  readonly rules: readonly RuleTrace[];
}

/**
 * Holds a call against each rule alone, for a person to read. It is slow, and its code is not that of the tables:
 * tests hold the two against each other.
 */
export function traceRules(
  manifest: PolicyManifest,
  contracts: PolicyContracts,
  site: CallSite,
  facts: Facts | undefined,
  args: CallArguments | undefined,
): readonly RuleTrace[] {
  const kind = contracts.get(site.interface)?.grant;
  return [...manifest.deny, ...manifest.allow].map((rule) => {
    const mismatch = mismatchOf(rule, kind, contracts, site, facts, args);
    const { id, effect, line } = rule;
    return { rule: id, effect, line, matched: mismatch === undefined, why: mismatch ?? "covers the call" };
  });
}

/** Why a rule does not match; undefined if it does. */
function mismatchOf(
  rule: PolicyRule,
  kind: GrantKind | undefined,
  contracts: PolicyContracts,
  site: CallSite,
  facts: Facts | undefined,
  args: CallArguments | undefined,
): string | undefined {
  if (!coversSite(rule, site, contracts)) return `names ${rule.interface}`;
  if (!contracts.has(site.interface)) return "nothing implements the interface";
  if (functionsCovered(rule, kind)?.has(site.function) === false) {
    return `names other functions: ${rule.functions?.join(", ") || "none"}`;
  }
  return argumentMismatch(rule, args) ?? grantMismatch(rule, kind, facts);
}

function argumentMismatch(
  { args: rules, effect }: PolicyRule,
  args: CallArguments | undefined,
): string | undefined {
  const failing = rules.filter((rule) => {
    const answer = compileArguments([rule])(args);
    return answer === "no" || (answer === "unknown" && effect === "allow");
  });
  const misses = missesOf(failing, args);
  return misses.length === 0
    ? undefined
    : `asks for other arguments: ${missText(misses)} (${valueText(misses)})`;
}

function grantMismatch(
  rule: PolicyRule,
  kind: GrantKind | undefined,
  facts: Facts | undefined,
): string | undefined {
  const grants = grantsOf(rule, kind);
  if (kind === undefined || grants === undefined) {
    const elsewhere = rule.effect === "deny" && isWildcard(rule.interface) && rule.grants.size > 0;
    return elsewhere ? `is about interfaces with ${[...rule.grants.keys()].join(" or ")}` : undefined;
  }
  if (facts === undefined) {
    return rule.effect === "allow"
      ? undefined
      : `is about what a call touches, and this call touches nothing`;
  }
  if (grants.length === 0) return `grants nothing: its list under "${kind.key}" is empty`;
  const covers = kind.compile(
    grants.map((grant) => ({ order: 0, grant })),
    rule.effect,
  );
  return covers(facts) >= 0 ? undefined : `no grant under "${kind.key}" covers ${printable(facts)}`;
}
