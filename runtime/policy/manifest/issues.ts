import { z } from "zod";
import { WrunError } from "../../errors/index.js";
import type { ManifestDocument, ManifestNode } from "./document.js";
import { ownWords } from "./own-words.js";
import { didYouMean } from "../../nearest.js";

export type NodePath = readonly (string | number)[];

/** The plain value of a node, for a schema. No key is lost: the document has refused `__proto__`. */
function plain(node: ManifestNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "sequence") return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

/**
 * Applies a schema to a node; the first thing that is wrong, in the order of the document, becomes the error.
 * Unknown keys come before the rest: a key that is misspelt is missing as well, and the misspelling is the cause.
 */
export function checked<Value>(
  schema: z.ZodType<Value>,
  node: ManifestNode,
  path: NodePath,
  document: ManifestDocument,
  allowedBesides: readonly string[] = [],
): Value {
  const result = schema.safeParse(plain(node), { error: ownWords });
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => faultOf(issue, schema, node, path, allowedBesides));
  const first = faults.sort((a, b) => a.rank - b.rank || a.offset - b.offset)[0];
  throw first?.error(document.at(first.offset)) ?? result.error;
}

interface Fault {
  readonly rank: 0 | 1;
  readonly offset: number;
  error(at: string): WrunError;
}

function faultOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  node: ManifestNode,
  path: NodePath,
  allowedBesides: readonly string[],
): Fault {
  const inner = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  const where = pathText([...path, ...inner]);
  const found = descend(node, inner);
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const allowed = [...allowedKeys(schema, inner), ...(inner.length === 0 ? allowedBesides : [])];
    return {
      rank: 0,
      offset: keyOffset(found.node, key),
      error: (at) => unknownKey(at, key, where, allowed),
    };
  }
  const last = inner.at(-1);
  if (!found.complete && typeof last === "string") {
    const parent = pathText([...path, ...inner.slice(0, -1)]);
    return {
      rank: 1,
      offset: found.node.offset,
      error: (at) => new WrunError("POLICY_KEY_MISSING", { at, where: parent, key: last }),
    };
  }
  return {
    rank: 1,
    offset: found.node.offset,
    error: (at) => new WrunError("POLICY_VALUE_INVALID", { at, where, reason: reasonOf(issue) }),
  };
}

export function unknownKey(at: string, key: string, where: string, allowed: readonly string[]): WrunError {
  const hint = didYouMean(key, allowed);
  const list = allowed.length === 0 ? "nothing" : allowed.join(", ");
  return new WrunError("POLICY_KEY_UNKNOWN", { at, key, where, hint, allowed: list });
}

/** `allow[1].http`. */
export function pathText(path: NodePath): string {
  const joined = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return joined === "" ? "the policy" : joined.replace(/^\./, "");
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_union") {
    const innermost = issue.errors.flat().find((one) => one.path.length > 0);
    if (innermost !== undefined)
      return `${issue.message} (${innermost.path.map(String).join(".")}: ${innermost.message})`;
  }
  return issue.message;
}

/** As deep as the path goes: where a key is missing, the mapping that lacks it. */
function descend(node: ManifestNode, path: NodePath): { node: ManifestNode; complete: boolean } {
  let current = node;
  for (const part of path) {
    const child = childOf(current, part);
    if (child === undefined) return { node: current, complete: false };
    current = child;
  }
  return { node: current, complete: true };
}

function childOf(node: ManifestNode, part: string | number): ManifestNode | undefined {
  if (node.kind === "mapping") return node.entries.find(({ key }) => key === String(part))?.value;
  return node.kind === "sequence" ? node.items[Number(part)] : undefined;
}

function keyOffset(node: ManifestNode, key: string): number {
  const entry = node.kind === "mapping" ? node.entries.find((one) => one.key === key) : undefined;
  return entry?.keyOffset ?? node.offset;
}

/** The keys that a schema takes at a path, as far as it can be told without a value. */
function allowedKeys(schema: unknown, path: NodePath): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return allowedKeys(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodPipe) return allowedKeys(schema.def.in, path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => [...allowedKeys(option, path)]);
  const [first, ...rest] = path;
  if (schema instanceof z.ZodArray && typeof first === "number") return allowedKeys(schema.element, rest);
  if (schema instanceof z.ZodObject) {
    return first === undefined ? Object.keys(schema.shape) : allowedKeys(schema.shape[first], rest);
  }
  return [];
}
