import { parseDocument } from "yaml";
import type { FactType, FactValue } from "../../runtime/index.js";

/**
 * A fact as the gate would have it: a string, unless the kind of the interface says that this one is something else. A
 * kind that says nothing at all has its facts read as JSON, where they are that.
 */
export function readFact(
  name: string,
  text: string,
  types: Readonly<Record<string, FactType>> | undefined,
): FactValue {
  const isString = types !== undefined && !Object.hasOwn(types, name);
  return isString ? text : (parseJson(text) ?? text);
}

/**
 * An argument as the gate would have it. What reads as JSON is that (`5`, `"5"`, `{"limit": 10}`), with integers of 64 bits
 * exact; so are `NaN`, `Infinity` and `-Infinity`, for which JSON has no word. Anything else is a string.
 */
export function readArgument(text: string): unknown {
  if (text === "NaN" || text === "Infinity" || text === "-Infinity") return Number(text);
  if (parseJson(text) === undefined) return text;
  // JSON is YAML, whose reader can be asked not to round.
  return exact(parseDocument(text, { schema: "json", intAsBigInt: true }).toJS());
}

function parseJson(text: string): FactValue | undefined {
  try {
    return JSON.parse(text) as FactValue;
  } catch {
    return undefined;
  }
}

/** Integers that a number holds exactly become one, as they are in the arguments of a call. */
function exact(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map(exact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, exact(one)]));
}
