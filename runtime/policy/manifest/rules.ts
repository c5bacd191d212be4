import { z } from "zod";
import { WrunError } from "../../errors/index.js";
import type { PolicyContracts } from "../contracts.js";
import type { GrantKind, RuleEffect } from "../types.js";
import type { ManifestDocument, ManifestEntry, ManifestNode } from "./document.js";
import { kindsByKey } from "./interface-pattern.js";
import { type NodePath, checked, unknownKey, pathText } from "./issues.js";
import type { NamedRoot, PolicyRule } from "./manifest.js";
import type { Mistakes } from "./mistakes.js";
import { hasExponent } from "./one-reading.js";
import { checkAgainstContracts } from "./rule-contracts.js";
import { ruleSchema } from "./schema.js";

type Mapping = Extract<ManifestNode, { kind: "mapping" }>;

/** Reads the rules of one list and checks each against the contracts of the interfaces that it names. */
export function readRules(
  effect: RuleEffect,
  list: ManifestNode | undefined,
  contracts: PolicyContracts,
  document: ManifestDocument,
  mistakes: Mistakes,
): readonly PolicyRule[] {
  const kinds = kindsByKey(contracts);
  const baseKeys = Object.keys(ruleSchema.shape);
  for (const key of kinds.keys()) {
    if (baseKeys.includes(key)) throw new TypeError(`the grant kind ${key} has the name of a rule's own key`);
  }
  if (list?.kind !== "sequence") return Object.freeze([]);
  const read = (node: ManifestNode, index: number): PolicyRule => {
    const path = [effect, index];
    const { own, grants } = split(node, kinds, path, document);
    const rule = readRule(effect, own, grants, path, kinds, document);
    checkAgainstContracts(rule, { node: own, grants, path, contracts, document });
    return rule;
  };
  const rules = list.items.map((node, index) => mistakes.attempt(() => read(node, index)));
  return Object.freeze(rules.filter((rule) => rule !== undefined));
}

/** Ids name rules in records, so no two rules of a manifest share one. Generated ids have brackets, written ones can't. */
export function refuseDuplicateIds(rules: readonly PolicyRule[], source: string): void {
  const lines = new Map<string, number>();
  for (const { id, line, column } of rules) {
    const first = lines.get(id);
    const at = `${source}:${line}:${column}`;
    if (first !== undefined) throw new WrunError("POLICY_RULE_DUPLICATE", { at, id, first });
    lines.set(id, line);
  }
}

function split(
  node: ManifestNode,
  kinds: ReadonlyMap<string, GrantKind>,
  path: NodePath,
  document: ManifestDocument,
): { own: Mapping; grants: readonly ManifestEntry[] } {
  if (node.kind !== "mapping") {
    const reason = "must be a mapping with the key interface";
    throw new WrunError("POLICY_VALUE_INVALID", {
      at: document.at(node.offset),
      where: pathText(path),
      reason,
    });
  }
  const ownKeys = Object.keys(ruleSchema.shape);
  const unknown = node.entries.find(({ key }) => !ownKeys.includes(key) && !kinds.has(key));
  if (unknown !== undefined) {
    const allowed = [...ownKeys, ...kinds.keys()];
    throw unknownKey(document.at(unknown.keyOffset), unknown.key, pathText(path), allowed);
  }
  return {
    own: { ...node, entries: node.entries.filter(({ key }) => !kinds.has(key)) },
    grants: node.entries.filter(({ key }) => kinds.has(key)),
  };
}

function readRule(
  effect: RuleEffect,
  own: Mapping,
  grants: readonly ManifestEntry[],
  path: NodePath,
  kinds: ReadonlyMap<string, GrantKind>,
  document: ManifestDocument,
): PolicyRule {
  const data = checked(ruleSchema, own, path, document);
  for (const { key, value } of own.entries)
    if (key === "args") refuseInexact(value, [...path, key], document);
  for (const { key, value } of grants) refuseInexact(value, [...path, key], document);
  const read = grants.map(({ key, value }) => {
    const kind = kinds.get(key);
    const items = itemsOf(value, [...path, key]);
    return { key, kind, items, values: readGrants(kind, effect, items, document) };
  });
  return Object.freeze({
    id: data.id ?? pathText(path),
    effect,
    ...document.position(own.offset),
    interface: data.interface,
    functions: data.functions,
    args: (data.args ?? []).map((rule) => Object.freeze(rule)),
    rate: data.rate,
    onViolation: data.onViolation,
    grants: new Map(read.map(({ key, values }) => [key, values])),
    roots: read.flatMap(({ kind, items, values }) =>
      values.flatMap((grant, index): NamedRoot[] => {
        const root = kind?.rootOf?.(grant);
        return root === undefined
          ? []
          : [{ root, ...document.position(items[index]?.node.offset ?? own.offset) }];
      }),
    ),
  });
}

/** A number that something of a call is compared with must be one to every reader. */
function refuseInexact(node: ManifestNode, path: NodePath, document: ManifestDocument): void {
  if (node.kind === "sequence") for (const item of node.items) refuseInexact(item, path, document);
  if (node.kind === "mapping") for (const { value } of node.entries) refuseInexact(value, path, document);
  if (node.kind !== "scalar" || node.plain === undefined) return;
  const isRounded = typeof node.value === "number" && Math.abs(node.value) > Number.MAX_SAFE_INTEGER;
  if (!isRounded && !hasExponent(node.plain)) return;
  const given = node.plain.length > 40 ? `${node.plain.slice(0, 40)}…` : node.plain;
  throw new WrunError("POLICY_VALUE_INVALID", {
    at: document.at(node.offset),
    where: pathText(path),
    reason: isRounded
      ? `${given} is not exact: with a point or an exponent, a number beyond 2^53 is rounded; write all of its digits alone`
      : `some readers of YAML take ${given} for text; write the number without an exponent`,
  });
}

interface GrantItem {
  readonly node: ManifestNode;
  readonly path: NodePath;
}

/** A list of grants, or one grant alone. */
function itemsOf(node: ManifestNode, path: NodePath): readonly GrantItem[] {
  if (node.kind !== "sequence") return [{ node, path }];
  return node.items.map((item, index) => ({ node: item, path: [...path, index] }));
}

function readGrants(
  kind: GrantKind | undefined,
  effect: RuleEffect,
  items: readonly GrantItem[],
  document: ManifestDocument,
): readonly unknown[] {
  if (kind === undefined) return [];
  const schema = schemaOf(kind, effect);
  return postable(
    kind,
    items.map(({ node, path }) => checked(schema, node, path, document)),
  );
}

/** The guest's thread decides by what it is posted; what is decided on here must be the same. */
function postable(kind: GrantKind, grants: readonly unknown[]): readonly unknown[] {
  try {
    return structuredClone(grants);
  } catch (error) {
    throw new TypeError(`the grant kind ${kind.key} makes grants that are not plain data`, { cause: error });
  }
}

const schemas = new WeakMap<GrantKind, Map<RuleEffect, z.ZodType>>();

function schemaOf(kind: GrantKind, effect: RuleEffect): z.ZodType {
  const made = schemas.get(kind) ?? new Map<RuleEffect, z.ZodType>();
  schemas.set(kind, made);
  const make = effect === "deny" && kind.denySchema !== undefined ? kind.denySchema : kind.schema;
  const schema = made.get(effect) ?? make.call(kind, z);
  made.set(effect, schema);
  return schema;
}
