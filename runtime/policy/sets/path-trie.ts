import {
  lowestOf,
  type OrderedPattern,
  type PatternEntry,
  type PatternSet,
  type PatternTable,
  patternError,
  setOf,
  withOrders,
} from "./patterns.js";

/**
 * The one spelling of a path below a root: absolute, without `.`, `..`, empty segments and a slash at the end.
 * Undefined if it climbs out of the root, or if no file can have the name (a NUL, half of a surrogate pair).
 * Only letters are looked at: symbolic links are for whoever opens the path to watch.
 */
export function normalizePath(path: string): string | undefined {
  if (/[\0\p{Surrogate}]/u.test(path)) return undefined;
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return `/${segments.join("/")}`;
}

interface Node<Item, Leaf> {
  readonly children: Map<string, Node<Item, Leaf>>;
  readonly items: Item[];
  leaf: Leaf | undefined;
}

/**
 * Paths by prefix, whole segments only: `/in` covers `/in` and `/in/a`, not `/inside`. Looks up paths that
 * `normalizePath` or `normalizeHttpPath` returned; any other spelling is covered by nothing.
 * A lookup costs one probe for each segment of the path, and ends where no prefix goes on.
 */
export function createPathTable<Item, Leaf>(
  entries: readonly PatternEntry<Item>[],
  compile: (items: readonly Item[]) => Leaf,
): PatternTable<Leaf> {
  const root = newNode<Item, Leaf>();
  const holders = new Set<Node<Item, Leaf>>();
  for (const { pattern, item } of entries) {
    const node = nodeAt(root, segmentsOfPrefix(pattern));
    node.items.push(item);
    holders.add(node);
  }
  for (const node of holders) node.leaf = compile(node.items);
  return {
    find(subject) {
      if (normalizePath(subject) !== subject) return [];
      const found: Leaf[] = [];
      let node: Node<Item, Leaf> | undefined = root;
      for (const segment of ["", ...segmentsOf(subject)]) {
        if (segment !== "") node = node.children.get(segment);
        if (node === undefined) break;
        if (node.leaf !== undefined) found.push(node.leaf);
      }
      return found;
    },
  };
}

/** {@link createPathTable} where only the rank counts. Throws `POLICY_PATTERN_INVALID`. */
export function createPathTrie(prefixes: readonly (string | OrderedPattern)[]): PatternSet {
  return setOf(createPathTable(withOrders(prefixes), lowestOf));
}

function segmentsOfPrefix(prefix: string): readonly string[] {
  const expected = "a path prefix";
  if (!prefix.startsWith("/")) throw patternError(prefix, expected, "it begins with a slash");
  const path = normalizePath(prefix);
  if (path === undefined || /(^|\/)\.\.?(\/|$)/.test(prefix)) {
    throw patternError(prefix, expected, "write it without '.', '..' and NUL");
  }
  return segmentsOf(path);
}

function segmentsOf(path: string): readonly string[] {
  return path === "/" ? [] : path.slice(1).split("/");
}

function newNode<Item, Leaf>(): Node<Item, Leaf> {
  return { children: new Map(), items: [], leaf: undefined };
}

function nodeAt<Item, Leaf>(root: Node<Item, Leaf>, segments: readonly string[]): Node<Item, Leaf> {
  let node = root;
  for (const segment of segments) {
    const child: Node<Item, Leaf> = node.children.get(segment) ?? newNode();
    node.children.set(segment, child);
    node = child;
  }
  return node;
}
