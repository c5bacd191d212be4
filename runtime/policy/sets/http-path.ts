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

/**
 * Why a path prefix in a rule is not one that {@link normalizeHttpPath} can return the beginning of, or is so by another reading
 * than a person's; undefined where it is.
 */
export function httpPrefixProblem(prefix: string): string | undefined {
  if (!prefix.startsWith("/")) return "it begins with a slash";
  if (/[?#]/.test(prefix)) return "paths are compared without query and fragment; leave them out";
  if (/%[0-9a-fA-F]{2}/.test(prefix))
    return "paths are compared once they are decoded; write the character itself";
  const segments = prefix.split("/");
  if (segments.some((segment) => segment.endsWith("*")))
    return "a prefix covers all that begins with it; write it without the *";
  const isOdd = segments.some((segment) => /^\.{1,2}(?:;|$)/.test(segment)) || /[\\\p{Cc}]/u.test(prefix);
  if (isOdd || prefix.includes("//"))
    return "no path that is decided on looks so; write it without '.', '..', '//' and '\\'";
  return undefined;
}

function decodeOnce(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
