import type { z } from "zod";

type RawIssue = z.core.$ZodRawIssue;

const nouns: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a mapping",
  string: "a text",
  number: "a number",
  bigint: "a number",
  int: "a whole number",
  boolean: "true or false",
  null: "nothing",
  undefined: "nothing",
};

/**
 * What is wrong with a value, in the words of this project and of YAML: a library's own sentences speak of arrays and inputs. Given
 * where a schema is applied; a schema that says more of a value has its own sentence, which comes first.
 */
export function ownWords(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `expected ${nounOf(issue.expected)}, found ${nounFor(issue.input, issue.expected)}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}, found ${shown(issue.input)}`;
    case "too_small":
      return `expected at least ${bound(issue.minimum, issue.origin)}, found ${amount(issue.input)}`;
    case "too_big":
      return `expected at most ${bound(issue.maximum, issue.origin)}, found ${amount(issue.input)}`;
    case "invalid_format":
      return "is not written as this key takes it";
    case "invalid_union":
      return unionWords(issue.errors);
    case "invalid_key":
    case "invalid_element":
    case "not_multiple_of":
      return "is no value that this key takes";
    // These have sentences of their own.
    case "custom":
    case "unrecognized_keys":
      return undefined;
  }
}

/** Of alternatives, what each of them expects; the one that fits best comes last and fails further inside. */
function unionWords(errors: readonly (readonly z.core.$ZodIssue[])[]): string {
  const outer = errors.flatMap(([first]) =>
    first === undefined || first.path.length > 0 ? [] : [first.message],
  );
  const expected = outer.map((message) => /^expected (.*), found .*$/.exec(message)?.[1] ?? message);
  const found = outer.map((message) => /, found (.*)$/.exec(message)?.[1]).find(Boolean);
  if (expected.length === 0) return "is none of the forms that this key takes";
  return `expected ${expected.join(" or ")}${found === undefined ? "" : `, found ${found}`}`;
}

function nounOf(type: string): string {
  return nouns[type] ?? "another value";
}

function nounFor(value: unknown, expected: string): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  // Of two numbers the kind says nothing.
  return typeof value === "number" && expected === "int" ? String(value) : nounOf(typeof value);
}

function bound(limit: number | bigint, origin: string): string {
  if (origin === "array" || origin === "set") return `${limit} ${limit === 1 ? "entry" : "entries"}`;
  return origin === "string" ? `${limit} ${limit === 1 ? "character" : "characters"}` : String(limit);
}

function amount(value: unknown): string {
  return Array.isArray(value) || typeof value === "string" ? `${value.length}` : shown(value);
}

function shown(value: unknown): string {
  if (typeof value === "string") return value.length <= 64 ? JSON.stringify(value) : "a longer text";
  return typeof value === "number" || typeof value === "boolean" ? String(value) : nounFor(value, "");
}
