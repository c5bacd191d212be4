import type { NamedType, ValueType } from "../../component/wit-types.js";
import { WrunError } from "../../errors/index.js";
import { didYouMean } from "../../nearest.js";
import type { InterfaceContract } from "../contracts.js";
import {
  type Askable,
  type Clause,
  type ValuePaths,
  addPaths,
  askableOf,
  clausesOf,
} from "./argument-values.js";
import type { ManifestDocument, ManifestNode } from "./document.js";
import { type NodePath, pathText } from "./issues.js";
import type { ArgumentRule, PolicyRule } from "./manifest.js";

interface Place {
  readonly node: ManifestNode;
  readonly path: NodePath;
  readonly document: ManifestDocument;
}

/**
 * Holds the argument rules of a rule against the WIT types of the functions that it is about: each asks for a value that one of
 * them takes, and for what that value can be. Says nothing where the type of one of the functions is not known.
 */
export function checkArguments(rule: PolicyRule, reached: readonly InterfaceContract[], place: Place): void {
  if (rule.args.length === 0 || rule.functions?.length === 0) return;
  const functions = reached.map((contract) => parametersOf(rule, contract));
  if (functions.includes(undefined)) return;
  const paths: ValuePaths = new Map();
  for (const parameters of functions.flat()) if (parameters !== undefined) addPaths(paths, parameters);
  for (const [index, argument] of rule.args.entries()) checkArgument(rule, argument, index, paths, place);
}

/** Of each function that the rule is about in one interface; undefined where they are not all known. */
function parametersOf(
  { functions: named }: PolicyRule,
  { functions, parametersOf: find }: InterfaceContract,
): readonly (readonly NamedType[])[] | undefined {
  if (functions === undefined || find === undefined) return undefined;
  const found = [...functions].filter((name) => named?.includes(name) !== false).map(find);
  return found.every((parameters) => parameters !== undefined) ? found : undefined;
}

function checkArgument(
  rule: PolicyRule,
  argument: ArgumentRule,
  index: number,
  paths: ValuePaths,
  place: Place,
): void {
  const path = argument.path.join(".");
  const types = paths.get(path);
  const node = child(child(place.node, "args"), index);
  const where = pathText([...place.path, "args", index]);
  if (types === undefined) {
    throw new WrunError("POLICY_ARGUMENT_UNKNOWN", {
      at: place.document.at((child(node, "path") ?? node ?? place.node).offset),
      where,
      path,
      functions: functionsOf(rule),
      hint: didYouMean(path, paths.keys()),
      known: [...paths].flatMap(([one, of]) => (allAskable(of).length > 0 ? [one] : [])).join(", ") || "none",
    });
  }
  const askable = allAskable(types);
  const clauses = clausesOf(argument);
  const unmet = clauses.find((clause) => !askable.some((one) => one.meets(clause)));
  if (unmet === undefined) return;
  const value = nodeOf(node, unmet, clauses.indexOf(unmet));
  throw new WrunError("POLICY_RULE_INEFFECTIVE", {
    at: place.document.at((value ?? node ?? place.node).offset),
    where,
    reason: `"${path}" of ${functionsOf(rule)} ${faultOf(unmet)}`,
    fix: fixOf(path, askable, paths),
  });
}

function faultOf({ key, value }: Clause): string {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return key === "prefix" || key === "maxLength"
    ? `has no value that meets ${key}: ${shown}`
    : `cannot be ${shown}, which "${key}" compares it with`;
}

function functionsOf({ functions, interface: name }: PolicyRule): string {
  return functions === undefined ? `the functions of ${name}` : functions.join(", ");
}

function allAskable(types: readonly ValueType[]): readonly Askable[] {
  return types.map(askableOf).filter((one) => one !== undefined);
}

function fixOf(path: string, askable: readonly Askable[], paths: ValuePaths): string {
  if (askable.length > 0) return `It takes ${[...new Set(askable.map(({ takes }) => takes))].join("; or ")}.`;
  const below = [...paths.keys()].filter((one) => one.startsWith(`${path}.`));
  return below.length === 0
    ? "It is a handle, of which a rule can ask nothing; remove the line."
    : `It has parts, and a rule can ask for those: ${below.join(", ")}.`;
}

/** Clauses of `oneOf` come first, one a value; the others have a key of their own. */
function nodeOf(node: ManifestNode | undefined, { key }: Clause, index: number): ManifestNode | undefined {
  if (key !== "equals") return child(node, key);
  return child(node, "equals") ?? child(child(node, "oneOf"), index);
}

function child(node: ManifestNode | undefined, key: string | number): ManifestNode | undefined {
  if (node?.kind === "mapping") return node.entries.find((entry) => entry.key === key)?.value;
  return node?.kind === "sequence" && typeof key === "number" ? node.items[key] : undefined;
}
