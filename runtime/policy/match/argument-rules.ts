import type { ArgumentRule, ArgumentValue } from "../manifest/manifest.js";
import type { CallArguments } from "../types.js";

/** `unknown`: the argument is not there, or not of a type that the rule can judge. */
export type Answer = "yes" | "no" | "unknown";

/** Whether a call's arguments meet all rules of a list. */
export type ArgumentMatcher = (args: CallArguments | undefined) => Answer;

/**
 * Compiles a list of argument rules. They must all hold: one clear "no" is a no, whatever else is unknown.
 * An `allow` takes "yes" alone; a `deny` takes anything but "no".
 */
export function compileArguments(rules: readonly ArgumentRule[]): ArgumentMatcher {
  const compiled = rules.map(compileRule);
  return (args) => {
    let answer: Answer = "yes";
    for (const one of compiled) {
      const found = one(args);
      if (found === "no") return "no";
      if (found === "unknown") answer = "unknown";
    }
    return answer;
  };
}

/** Two lists with the same signature give the same answers. */
export function signatureOf(rules: readonly ArgumentRule[]): string {
  // An object, since every text is also a value of its own.
  return JSON.stringify(rules, (_, value: unknown) =>
    typeof value === "bigint" ? { integer: String(value) } : value,
  );
}

function compileRule(rule: ArgumentRule): ArgumentMatcher {
  const { path, min, max, prefix, maxLength } = rule;
  const values = rule.oneOf === undefined ? undefined : compileValues(rule.oneOf);
  return (args) => {
    const value = valueAt(args, path);
    let answer: Answer = "yes";
    const take = (found: Answer) => {
      if (found === "no" || (found === "unknown" && answer === "yes")) answer = found;
    };
    if (values !== undefined) take(values(value));
    if (max !== undefined) take(isNumber(value) ? yesNo(value <= max) : "unknown");
    if (min !== undefined) take(isNumber(value) ? yesNo(value >= min) : "unknown");
    if (prefix !== undefined) take(typeof value === "string" ? yesNo(value.startsWith(prefix)) : "unknown");
    if (maxLength !== undefined) take(lengthWithin(value, maxLength));
    return answer;
  };
}

/** A value of a type that is not in the list is not judged: `equals: 5` says nothing of the string "5". */
function compileValues(list: readonly ArgumentValue[]): (value: unknown) => Answer {
  const keys = new Set(list.map(valueKey));
  const types = new Set(list.map(typeOf));
  return (value) => {
    if (!isComparable(value) || !types.has(typeOf(value))) return "unknown";
    return yesNo(keys.has(valueKey(value)));
  };
}

function typeOf(value: ArgumentValue): string {
  return typeof value === "bigint" ? "number" : typeof value;
}

/** One spelling for one value: `5`, `5.0` and `5n` are the same number of WIT, whatever type carries it. */
export function valueKey(value: ArgumentValue): string {
  if (typeof value === "string") return `s${value}`;
  if (typeof value === "boolean") return `b${value}`;
  // A float beyond 2^53 prints as another integer than it is. Others print alike, and faster than as a bigint.
  return `n${Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value}`;
}

export function isComparable(value: unknown): value is ArgumentValue {
  return typeof value === "string" || typeof value === "boolean" || isNumber(value);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "bigint" || (typeof value === "number" && !Number.isNaN(value));
}

function yesNo(holds: boolean): Answer {
  return holds ? "yes" : "no";
}

function lengthWithin(value: unknown, limit: number): Answer {
  const length = listLength(value);
  if (length !== undefined) return yesNo(length <= limit);
  if (typeof value !== "string") return "unknown";
  // A code point takes one or two UTF-16 units, so most strings are settled without reading them.
  if (value.length <= limit) return "yes";
  if (value.length > limit * 2) return "no";
  let count = 0;
  for (const _ of value) count++;
  return yesNo(count <= limit);
}

/** How many elements a list has; undefined for what is none. */
export function listLength(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (!ArrayBuffer.isView(value)) return undefined;
  return "length" in value ? Number(value.length) : value.byteLength;
}

/** Follows own properties only, through records and variants (`tag`, `val`), never into lists. */
export function valueAt(args: CallArguments | undefined, path: readonly string[]): unknown {
  let current: unknown = args;
  for (const name of path) {
    if (typeof current !== "object" || current === null) return undefined;
    if (Array.isArray(current) || ArrayBuffer.isView(current)) return undefined;
    const key = Object.hasOwn(current, name) ? name : camelCase(name);
    if (!Object.hasOwn(current, key)) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return current;
}

/** The manifest has WIT's names, host values have jco's: `max-items` is `maxItems`, and `HTTP-status` is `httpStatus`. */
function camelCase(name: string): string {
  return name.toLowerCase().replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
