import type { ArgumentRule } from "../manifest/manifest.js";
import type { CallArguments, Facts, GrantKind, RuleEffect } from "../types.js";
import { type ArgumentMiss, missesOf } from "./argument-miss.js";
import {
  type Answer,
  compileArguments,
  isComparable,
  signatureOf,
  valueAt,
  valueKey,
} from "./argument-rules.js";
import { groupBy } from "./group-by.js";
import { type RankedRule, type RuleGroup, compileGroup, lower } from "./rule-group.js";

/** How many argument lists one call may be held against. */
export const argumentListLimit = 64;

interface Candidate {
  readonly args: readonly ArgumentRule[];
  readonly matches: (answer: Answer) => boolean;
  readonly answer: (args: CallArguments | undefined) => Answer;
  readonly group: RuleGroup;
}

export interface ArgumentIndex {
  (facts: Facts | undefined, args: CallArguments | undefined): number;
  /** The most candidates that one call can meet. */
  readonly widest: number;
  /** Of the rules that cover the facts and fail the arguments, the one that fails in the fewest; for a sentence. */
  closest(facts: Facts | undefined, args: CallArguments | undefined): NearMiss | undefined;
}

/** A rule that did not match for its arguments alone. */
export interface NearMiss {
  readonly order: number;
  readonly rules: readonly ArgumentRule[];
  readonly misses: readonly ArgumentMiss[];
}

/**
 * Indexes rules that carry argument rules. Rules with the same list share one group. Among the lists of `allow`
 * rules, those that ask one path for certain values are found by that value; the rest, and all lists of `deny`
 * rules (which also match what they cannot judge), are tried in turn, and there the limit applies.
 */
export function compileArgumentIndex(
  rules: readonly RankedRule[],
  kind: GrantKind | undefined,
  effect: RuleEffect,
): ArgumentIndex {
  const lists = groupBy(rules, ({ rule }) => [signatureOf(rule.args)]);
  const candidates = [...lists.values()].map((members): Candidate => {
    const args = members[0]?.rule.args ?? [];
    return {
      args,
      answer: compileArguments(args),
      matches: effect === "allow" ? (answer) => answer === "yes" : (answer) => answer !== "no",
      group: compileGroup(members, kind, effect),
    };
  });
  const path = effect === "allow" ? discriminatingPath(candidates) : undefined;
  const { byValue, others } = partition(candidates, path);
  const widest = others.length + Math.max(0, ...[...byValue.values()].map((found) => found.length));
  const sharing = (args: CallArguments | undefined): readonly Candidate[] => {
    const value = path === undefined ? undefined : valueAt(args, path);
    return isComparable(value) ? (byValue.get(valueKey(value)) ?? []) : [];
  };
  const match = (facts: Facts | undefined, args: CallArguments | undefined) => {
    let found = -1;
    for (const candidate of others) found = lower(found, orderOf(candidate, facts, args));
    for (const candidate of sharing(args)) found = lower(found, orderOf(candidate, facts, args));
    return found;
  };
  const closest = (facts: Facts | undefined, args: CallArguments | undefined) => {
    const met = [...others, ...sharing(args)];
    return nearest(met, facts, args) ?? nearest(candidates.slice(0, argumentListLimit), facts, args);
  };
  return Object.assign(match, { widest, closest });
}

function nearest(
  candidates: readonly Candidate[],
  facts: Facts | undefined,
  args: CallArguments | undefined,
): NearMiss | undefined {
  return candidates
    .flatMap(({ group, args: rules }) => {
      const order = group(facts);
      return order < 0 ? [] : [{ order, rules, misses: missesOf(rules, args) }];
    })
    .sort((a, b) => a.misses.length - b.misses.length || a.order - b.order)[0];
}

function orderOf(candidate: Candidate, facts: Facts | undefined, args: CallArguments | undefined): number {
  return candidate.matches(candidate.answer(args)) ? candidate.group(facts) : -1;
}

/** The path that most lists ask for certain values; the first of them where several are equal. */
function discriminatingPath(candidates: readonly Candidate[]): readonly string[] | undefined {
  const counts = new Map<string, { path: readonly string[]; count: number }>();
  for (const { args } of candidates) {
    for (const { path, oneOf } of args) {
      if (oneOf === undefined) continue;
      const known = counts.get(path.join("."));
      counts.set(path.join("."), { path, count: (known?.count ?? 0) + 1 });
    }
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.path;
}

function partition(
  candidates: readonly Candidate[],
  path: readonly string[] | undefined,
): { byValue: ReadonlyMap<string, readonly Candidate[]>; others: readonly Candidate[] } {
  const asked = (candidate: Candidate) =>
    candidate.args.find((rule) => rule.oneOf !== undefined && rule.path.join(".") === path?.join("."))?.oneOf;
  return {
    byValue: groupBy(candidates, (candidate) => new Set((asked(candidate) ?? []).map(valueKey))),
    others: candidates.filter((candidate) => asked(candidate) === undefined),
  };
}
