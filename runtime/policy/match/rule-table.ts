import { WrunError } from "../../errors/index.js";
import type { PolicyContracts } from "../contracts.js";
import { isWildcard, packageOf } from "../manifest/interface-pattern.js";
import type { CallArguments, CallSite, Facts, GrantKind, OnViolation, RuleEffect } from "../types.js";
import {
  type ArgumentIndex,
  argumentListLimit,
  compileArgumentIndex,
  type NearMiss,
} from "./argument-index.js";
import { functionsCovered, interfacesBesides } from "./denied-besides.js";
import { groupBy } from "./group-by.js";
import { type RankedRule, type RuleGroup, compileGroup, grantsOf, lower } from "./rule-group.js";
import { mostSevere } from "./severity.js";

/** The rules that name one function (or all functions) of one interface pattern. */
export interface Bucket {
  readonly withoutArguments: RuleGroup;
  readonly withArguments: ArgumentIndex | undefined;
  /** The most severe `onViolation` of its rules. */
  readonly onViolation: OnViolation;
}

interface FunctionTable {
  readonly byName: ReadonlyMap<string, Bucket>;
  readonly any: Bucket | undefined;
}

/** The rules of one effect, found by interface and function: at most four buckets for a call, however many rules. */
export interface RuleTable {
  bucketsOf(site: CallSite): readonly Bucket[];
}

interface TableSource {
  readonly ranked: readonly RankedRule[];
  readonly effect: RuleEffect;
  readonly contracts: PolicyContracts;
  readonly defaultViolation: OnViolation;
  /** For errors. */
  readonly source: string;
}

export function compileRuleTable(table: TableSource): RuleTable {
  const byPattern = groupBy(table.ranked, ({ rule }) => [
    rule.interface,
    ...interfacesBesides(rule, table.contracts),
  ]);
  const interfaces = new Map<string, InterfaceTable>();
  // A wildcard is compiled once for each kind that its package has, not for each interface.
  const compiled = new Map<string, Map<GrantKind | undefined, FunctionTable>>();
  const compile = (pattern: string, kind: GrantKind | undefined): FunctionTable[] => {
    const rules = byPattern.get(pattern);
    if (rules === undefined) return [];
    const kinds = compiled.get(pattern) ?? new Map<GrantKind | undefined, FunctionTable>();
    compiled.set(pattern, kinds);
    const found =
      kinds.get(kind) ?? compileFunctions(pattern, applicable(rules, kind, table.effect), kind, table);
    kinds.set(kind, found);
    return [found];
  };
  for (const [name, { grant }] of table.contracts) {
    const found = [...compile(name, grant), ...compile(`${packageOf(name)}/*`, grant)];
    if (found.length > 0) interfaces.set(name, joined(found));
  }
  return {
    bucketsOf(site) {
      const found = interfaces.get(site.interface);
      return found === undefined ? none : (found.byName.get(site.function) ?? found.others);
    },
  };
}

/** All buckets of an interface, its own and its package's, put together once so that a lookup makes no list. */
interface InterfaceTable {
  readonly byName: ReadonlyMap<string, readonly Bucket[]>;
  /** Of the functions that no rule names. */
  readonly others: readonly Bucket[];
}

const none: readonly Bucket[] = [];

function joined(tables: readonly FunctionTable[]): InterfaceTable {
  const others = tables.flatMap(({ any }) => (any === undefined ? [] : [any]));
  const named = groupBy(
    tables.flatMap(({ byName }) => [...byName]),
    ([name]) => [name],
  );
  const byName = new Map(
    [...named].map(([name, found]) => [name, [...others, ...found.map(([, one]) => one)]]),
  );
  return { byName, others };
}

/** A wildcard denial that carries constraints is about the interfaces of those kinds; the others it leaves alone. */
function applicable(
  rules: readonly RankedRule[],
  kind: GrantKind | undefined,
  effect: RuleEffect,
): readonly RankedRule[] {
  if (effect === "allow") return rules;
  return rules.filter(
    ({ rule }) => !isWildcard(rule.interface) || rule.grants.size === 0 || grantsOf(rule, kind) !== undefined,
  );
}

function compileFunctions(
  pattern: string,
  rules: readonly RankedRule[],
  kind: GrantKind | undefined,
  table: TableSource,
): FunctionTable {
  const byName = groupBy(rules, ({ rule }) => functionsCovered(rule, kind) ?? []);
  const any = rules.filter(({ rule }) => rule.functions === undefined);
  return {
    byName: new Map(
      [...byName].map(([name, named]) => [name, compileBucket(`${pattern} ${name}`, named, kind, table)]),
    ),
    any: any.length === 0 ? undefined : compileBucket(pattern, any, kind, table),
  };
}

function compileBucket(
  site: string,
  rules: readonly RankedRule[],
  kind: GrantKind | undefined,
  { effect, defaultViolation, source }: TableSource,
): Bucket {
  const constrained = rules.filter(({ rule }) => rule.args.length > 0);
  const withArguments =
    constrained.length === 0 ? undefined : compileArgumentIndex(constrained, kind, effect);
  if (withArguments !== undefined && withArguments.widest > argumentListLimit) {
    const details = { source, effect, site, count: withArguments.widest, limit: argumentListLimit };
    throw new WrunError("POLICY_ARGUMENT_RULES_TOO_MANY", details);
  }
  return {
    withoutArguments: compileGroup(
      rules.filter(({ rule }) => rule.args.length === 0),
      kind,
      effect,
    ),
    withArguments,
    onViolation: rules
      .map(({ rule }) => rule.onViolation ?? defaultViolation)
      .reduce((worst, next) => mostSevere(worst, next)),
  };
}

/** The lowest order of a rule in these buckets that covers the call, or -1. */
export function findOrder(
  buckets: readonly Bucket[],
  facts: Facts | undefined,
  args: CallArguments | undefined,
): number {
  let order = -1;
  for (const bucket of buckets) {
    order = lower(order, bucket.withoutArguments(facts));
    if (bucket.withArguments !== undefined) order = lower(order, bucket.withArguments(facts, args));
  }
  return order;
}

/** Of the rules in these buckets that fail a call for its arguments alone, the one that came closest. */
export function findClosest(
  buckets: readonly Bucket[],
  facts: Facts | undefined,
  args: CallArguments | undefined,
): NearMiss | undefined {
  return buckets
    .flatMap((bucket) => bucket.withArguments?.closest(facts, args) ?? [])
    .sort((a, b) => a.misses.length - b.misses.length || a.order - b.order)[0];
}
