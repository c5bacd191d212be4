import type { PolicyRule } from "../manifest/manifest.js";
import type { Facts, GrantKind, OrderedGrant, RuleEffect } from "../types.js";

/** A rule in its place: of several that match, the one with the lowest order decides. */
export interface RankedRule {
  readonly order: number;
  readonly rule: PolicyRule;
}

/** Rules that differ in nothing but their grants, as one index: the lowest order that covers the facts, or -1. */
export type RuleGroup = (facts: Facts | undefined) => number;

/**
 * Compiles rules of one effect for interfaces of one kind (or of none).
 * Without facts the call touches nothing that a constraint could be about, and only the name of the function counts:
 * any `allow` will do, also one with an empty list (`env: []` lets a guest read its arguments), while a `deny` needs to
 * be unconditional.
 */
export function compileGroup(
  rules: readonly RankedRule[],
  kind: GrantKind | undefined,
  effect: RuleEffect,
): RuleGroup {
  const unconditional = lowest(rules.filter(({ rule }) => grantsOf(rule, kind) === undefined));
  const granted = rules.flatMap(({ order, rule }) =>
    (grantsOf(rule, kind) ?? []).map((grant): OrderedGrant<unknown> => ({ order, grant })),
  );
  const withoutFacts = effect === "allow" ? lowest(rules) : unconditional;
  if (kind === undefined || granted.length === 0) {
    return (facts) => (facts === undefined ? withoutFacts : unconditional);
  }
  const covering = kind.compile(granted, effect);
  return (facts) => {
    if (facts === undefined) return withoutFacts;
    const order = covering(facts);
    // NaN or undefined would read as "no rule matches", which lets a call past a denial.
    if (!Number.isInteger(order)) throw new TypeError(`the grant kind ${kind.key} answered ${order}`);
    return lower(unconditional, order);
  };
}

/** The lower of two orders, where -1 is "none". */
export function lower(a: number, b: number): number {
  if (a < 0) return b;
  return b < 0 ? a : Math.min(a, b);
}

/** The grants that constrain a rule on interfaces of a kind; undefined where nothing does. */
export function grantsOf(rule: PolicyRule, kind: GrantKind | undefined): readonly unknown[] | undefined {
  return kind === undefined ? undefined : rule.grants.get(kind.key);
}

function lowest(ranked: readonly { readonly order: number }[]): number {
  return ranked.reduce((least, { order }) => lower(least, order), -1);
}
