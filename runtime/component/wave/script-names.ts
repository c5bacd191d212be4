import type { ValueType } from "../wit-types.js";

/**
 * Whether the JavaScript value of an option of this type is `{ tag, val }`: where that of `some` may be `undefined` and
 * could not be told from `none`. Any other is `undefined` or the value itself; so, of three options in each other,
 * the middle one is tagged and the outer one is not.
 */
export function isTaggedOption(inner: ValueType): boolean {
  return inner.kind === "option" && !isTaggedOption(inner.type);
}

/** The name that a WIT name has in JavaScript: `exec-all` is `execAll`, `HTTP-status` is `httpStatus`. */
export function camelCase(name: string): string {
  const [first = "", ...rest] = name.split("-");
  return first.toLowerCase() + rest.map(capitalized).join("");
}

/** A class: `output-stream` is `OutputStream`. */
export function pascalCase(name: string): string {
  return name.split("-").map(capitalized).join("");
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
}
