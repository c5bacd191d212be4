import { normalizePath } from "./path-trie.js";

/**
 * The path that a decision looks at, from the path of a request (a query is cut off): percent-decoded once, without
 * dot segments. Undefined for whatever a server further on may read in another way than we do: encoded slashes,
 * backslashes and NUL, also when encoded twice, `..;`, invalid UTF-8, a path that climbs above the root.
 */
export function normalizeHttpPath(pathWithQuery: string): string | undefined {
  const [path = ""] = pathWithQuery.split("?", 1);
  if (!path.startsWith("/") || path.includes("#") || path.includes("\\")) return undefined;
  if (/%(?:2f|5c|00)/i.test(path) || /\p{Cc}/u.test(path)) return undefined;
  const decoded = decodeOnce(path);
  if (decoded === undefined || /%(?:2e|2f|5c|00)/i.test(decoded)) return undefined;
  // Some servers cut parameters (`;x=1`) off a segment before they look for dots.
  if (/(?:^|\/)\.{1,2};/.test(decoded)) return undefined;
  return normalizePath(decoded);
}

function decodeOnce(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
