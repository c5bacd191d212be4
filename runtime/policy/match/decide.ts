import type { PolicyContracts } from "../contracts.js";
import type { PolicyRule } from "../manifest/manifest.js";
import type { PolicyManifest } from "../manifest/parse-policy.js";
import type { CallArguments, CallSite, Decision, Facts, OnViolation } from "../types.js";
import { type RankedRule } from "./rule-group.js";
import { type Bucket, compileRuleTable, findClosest, findOrder, type RuleTable } from "./rule-table.js";
import { compareSeverity, mostSevere } from "./severity.js";
import { defaultDenial, ruleDenial } from "./denial-reason.js";

export interface Decider {
  decide(site: CallSite, facts: Facts | undefined, args: CallArguments | undefined): Decision;
  denyUndecided(site: CallSite, cause: string): Decision;
  looksAtArguments(site: CallSite): boolean;
}

/** A decision is a function of the compiled policy and the call, and of nothing else: no clock, no state. */
export function compileDecider(manifest: PolicyManifest, contracts: PolicyContracts): Decider {
  const { source, onViolation: defaultViolation } = manifest;
  const violationOf = (rule: PolicyRule) => rule.onViolation ?? defaultViolation;
  const allowed = manifest.allow;
  // The index finds the lowest order, so the most severe denial comes first; of equals, the first in the manifest.
  const denied = [...manifest.deny].sort((a, b) => compareSeverity(violationOf(b), violationOf(a)));
  const shared = { contracts, defaultViolation, source };
  const allow = compileRuleTable({ ranked: allowed.map(ranked), effect: "allow", ...shared });
  const deny = compileRuleTable({ ranked: denied.map(ranked), effect: "deny", ...shared });

  const permissions = allowed.map((rule) => permission(rule.id, `allowed by the rule ${rule.id}`));
  const open = permission(null, "the interface gives no access by itself, and no rule denies the call");

  const judge = (site: CallSite, facts: Facts | undefined, args: CallArguments | undefined): Decision => {
    const denial = findOrder(deny.bucketsOf(site), facts, args);
    if (denial >= 0) {
      const rule = ruleAt(denied, denial);
      return ruleDenial(rule, violationOf(rule), site, facts);
    }
    const buckets = allow.bucketsOf(site);
    const grant = findOrder(buckets, facts, args);
    if (grant >= 0) return ruleAt(permissions, grant);
    const contract = contracts.get(site.interface);
    if (contract?.authority === "none") return open;
    return defaultDenial(violationAmong(buckets, defaultViolation), site, facts, contract, () => {
      const near = findClosest(buckets, facts, args);
      return near && { rule: ruleAt(allowed, near.order), near };
    });
  };
  const denyUndecided = (site: CallSite, cause: string): Decision =>
    failedDecision(cause, worstFor(site, deny, allow, defaultViolation));
  return {
    decide(site, facts, args) {
      try {
        return judge(site, facts, args);
      } catch (error) {
        return denyUndecided(site, error instanceof Error ? error.message : String(error));
      }
    },
    denyUndecided,
    looksAtArguments: (site) => [...deny.bucketsOf(site), ...allow.bucketsOf(site)].some(asksForArguments),
  };
}

/** What `onViolation` a call meets that no rule allows: that of the allow rules whose bounds it left. */
function violationAmong(buckets: readonly Bucket[], otherwise: OnViolation): OnViolation {
  const [first, ...rest] = buckets.map((bucket) => bucket.onViolation);
  return first === undefined ? otherwise : mostSevere(first, ...rest);
}

function worstFor(site: CallSite, deny: RuleTable, allow: RuleTable, otherwise: OnViolation): OnViolation {
  const named = [...deny.bucketsOf(site), ...allow.bucketsOf(site)].map((bucket) => bucket.onViolation);
  return mostSevere(otherwise, ...named);
}

/** An error on the way to a decision is a denial, and no milder than any rule on this function. */
function failedDecision(cause: string, onViolation: OnViolation): Decision {
  return { verdict: "deny", rule: null, onViolation, reason: `the decision itself failed: ${cause}` };
}

function asksForArguments(bucket: Bucket): boolean {
  return bucket.withArguments !== undefined;
}

function ranked(rule: PolicyRule, order: number): RankedRule {
  return { rule, order };
}

function permission(rule: string | null, reason: string): Decision {
  return Object.freeze({ verdict: "allow", rule, onViolation: "deny", reason });
}

/** A grant kind that answers with an order it was not given is at fault, and the call is denied. */
function ruleAt<Item>(items: readonly Item[], order: number): Item {
  const item = items[order];
  if (item === undefined) throw new RangeError(`no rule has the order ${order}`);
  return item;
}
