const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * JSON with nothing that two parsers could read differently: valid UTF-8, no byte order mark, no duplicate keys.
 * Throws a plain `SyntaxError` or `TypeError` for the caller to name.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = utf8.decode(bytes);
  const value: unknown = JSON.parse(text);
  refuseDuplicateKeys(text);
  return value;
}

/** Works on text that has parsed as JSON: there, a string before a colon is a key of the innermost object. */
function refuseDuplicateKeys(text: string): void {
  const open: Set<string>[] = [];
  let lastString = "";
  for (const [found] of text.matchAll(token)) {
    if (found === "{" || found === "[") open.push(new Set());
    else if (found === "}" || found === "]") open.pop();
    else if (found !== ":") lastString = found;
    else {
      // Decoded, since "a" and "\u0061" are the same key.
      const key = JSON.parse(lastString) as string;
      const keys = open.at(-1);
      if (keys === undefined || keys.has(key)) throw new SyntaxError(`the key ${lastString} appears twice`);
      keys.add(key);
    }
  }
}
