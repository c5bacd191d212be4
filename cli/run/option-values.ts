import { WrunError } from "../../runtime/index.js";

/** `K=V`, split at the first `=`. Throws `CLI_OPTION_INVALID`. */
export function splitPair(option: string, text: string, form: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals <= 0)
    throw new WrunError("CLI_OPTION_INVALID", { option, value: text, reason: "it has no '='", form });
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** Pairs by their names. A name that is there twice is a mistake, since one of the two would not count. */
export function pairsOf(option: string, texts: readonly string[]): Readonly<Record<string, string>> {
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const [name, value] = splitPair(option, text, "NAME=VALUE");
    const refuse = (reason: string) =>
      new WrunError("CLI_OPTION_INVALID", { option, value: text, reason, form: "NAME=VALUE" });
    // In a policy a star would stand for other names as well, and a flag grants exactly what it says.
    if (name.includes("*") || name.includes("\0"))
      throw refuse("the name holds a character that names cannot have");
    if (pairs.has(name)) throw refuse(`'${name}' is given twice`);
    pairs.set(name, value);
  }
  return Object.fromEntries(pairs);
}
