const longest = 200;

/**
 * What a guest chose, for a sentence that a person reads: as JSON, cut to 200 characters, with everything escaped
 * that could move a terminal's cursor or turn the reading direction.
 */
export function printable(value: unknown): string {
  const json =
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}` : inner)) ?? "null";
  const cut = json.length > longest ? `${json.slice(0, longest)}…` : json;
  return escaped(cut);
}

/** A string as a double-quoted YAML scalar (JSON's form is one), safe to paste into a policy. */
export function quoteYaml(text: string): string {
  return escaped(JSON.stringify(text));
}

function escaped(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, (found) =>
    Array.from(
      { length: found.length },
      (_, index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
