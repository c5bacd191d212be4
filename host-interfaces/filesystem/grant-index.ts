import type { Facts, OrderedGrant, RuleEffect } from "../../runtime/host-contract.js";
import { type Right, rights } from "./rights.js";

export interface FileGrant {
  /** The name of a file root; undefined, in a `deny` rule only, means all of them. */
  readonly root: string | undefined;
  /** Canonical: `/`, or `/a/b` without `.`, `..` or empty segments. */
  readonly prefix: string;
  readonly rights: readonly Right[];
}

/** A place in the tree of prefixes. Orders are those of the grants; `none` where there is none. */
interface Node {
  readonly children: Map<string, Node>;
  /** The lowest order that gives each right here and below. */
  readonly here: Map<Right, number>;
  /** The lowest order of any grant with that right at this place or anywhere below it. */
  readonly below: Map<Right, number>;
}

const none = Number.POSITIVE_INFINITY;

/**
 * Indexes the grants of all rules by path segment, so that a decision costs one step per segment of its path.
 *
 * Rounding differs by effect. An `allow` covers a path under its prefix, and for `stat` also the folders that lead
 * there. A `deny` covers a path under its prefix, and where all that is below a path comes or goes with it (`tree`) also
 * one that lies above, whatever right is denied there. What is planted so is content too: `create` then counts as `write`.
 */
export function indexFileGrants(
  grants: readonly OrderedGrant<FileGrant>[],
  effect: RuleEffect,
): (facts: Facts) => number {
  const named = new Map<string, Node>();
  const everywhere = createNode();
  for (const { order, grant } of grants) {
    const root = grant.root === undefined ? everywhere : childOf(named, grant.root);
    for (const right of grant.rights) insert(root, segmentsOf(grant.prefix), right, order);
  }
  return (facts) => {
    const { root } = facts;
    if (typeof root !== "string") return -1;
    const node = named.get(root);
    const best = Math.min(
      node === undefined ? none : lookUp(node, facts, effect),
      lookUp(everywhere, facts, effect),
    );
    return best === none ? -1 : best;
  };
}

function lookUp(root: Node, facts: Facts, effect: RuleEffect): number {
  if (facts["preopen"] === true) return effect === "allow" ? lowest(root.below) : orderOf(root.here, "stat");
  const { path, right } = facts;
  // Nothing covers a path outside its root, and nothing that this host did not make canonical.
  if (facts["outside"] === true || !isCanonical(path) || !isRight(right)) return none;

  const best = { order: none };
  const take = (order: number): void => void (best.order = Math.min(best.order, order));
  const isTreeDenied = effect === "deny" && facts["tree"] === true;
  const takeFrom = (node: Node): void => {
    take(effect === "allow" && right === "stat" ? lowest(node.here) : orderOf(node.here, right));
    if (isTreeDenied && right === "create") take(orderOf(node.here, "write"));
  };

  let node: Node | undefined = root;
  takeFrom(node);
  for (const segment of segmentsOf(path)) {
    node = node.children.get(segment);
    if (node === undefined) return best.order;
    takeFrom(node);
  }
  if (effect === "allow" && right === "stat") take(lowest(node.below));
  if (isTreeDenied) take(lowest(node.below));
  return best.order;
}

function insert(root: Node, segments: readonly string[], right: Right, order: number): void {
  let node = root;
  lower(node.below, right, order);
  for (const segment of segments) {
    node = childOf(node.children, segment);
    lower(node.below, right, order);
  }
  lower(node.here, right, order);
}

function lower(orders: Map<Right, number>, right: Right, order: number): void {
  orders.set(right, Math.min(order, orderOf(orders, right)));
}

function orderOf(orders: Map<Right, number>, right: Right): number {
  return orders.get(right) ?? none;
}

function lowest(orders: Map<Right, number>): number {
  return Math.min(none, ...orders.values());
}

function childOf(children: Map<string, Node>, name: string): Node {
  const existing = children.get(name);
  if (existing !== undefined) return existing;
  const node = createNode();
  children.set(name, node);
  return node;
}

function createNode(): Node {
  return { children: new Map(), here: new Map(), below: new Map() };
}

function segmentsOf(path: string): readonly string[] {
  return path === "/" ? [] : path.slice(1).split("/");
}

export function isCanonical(path: unknown): path is string {
  if (path === "/") return true;
  if (typeof path !== "string" || !path.startsWith("/") || path.includes("\0")) return false;
  return segmentsOf(path).every((segment) => segment !== "" && segment !== "." && segment !== "..");
}

function isRight(value: unknown): value is Right {
  return (rights as readonly unknown[]).includes(value);
}
