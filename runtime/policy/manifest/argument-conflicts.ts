import { compileArguments, valueKey } from "../match/argument-rules.js";
import type { ArgumentRule } from "./manifest.js";

/** What is wrong with an argument rule, and where in it. */
export interface Conflict {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Asked = Omit<ArgumentRule, "path">;

const nothing: Asked = {
  min: undefined,
  max: undefined,
  oneOf: undefined,
  prefix: undefined,
  maxLength: undefined,
};

/** Why no value meets all clauses of an argument rule, or which of its values meets them never; undefined where each can match. */
export function conflictWithin(asked: Asked, valuesAt: "equals" | "oneOf"): Conflict | undefined {
  const message = contradictionOf(asked);
  if (message !== undefined) return { path: [], message };
  const meets = restOf(asked);
  const dead = asked.oneOf?.findIndex((value) => !meets(value)) ?? -1;
  if (dead < 0) return undefined;
  return {
    path: valuesAt === "equals" ? ["equals"] : ["oneOf", dead],
    message: "does not meet what else is asked of the argument, so that no call has it",
  };
}

/** Rules of one list must all hold: the first that leaves, of what those before it for the same argument let through, nothing. */
export function conflictAmong(rules: readonly ArgumentRule[]): Conflict | undefined {
  const met = new Map<string, Asked>();
  for (const [index, rule] of rules.entries()) {
    const path = rule.path.join(".");
    const before = met.get(path);
    const both = before === undefined ? rule : merged(before, rule);
    if (both === undefined || !isPossible(both)) {
      const message = `excludes every value that the rules for "${path}" before it let through`;
      return { path: [index], message };
    }
    met.set(path, both);
  }
  return undefined;
}

function isPossible(asked: Asked): boolean {
  if (contradictionOf(asked) !== undefined) return false;
  return asked.oneOf === undefined || asked.oneOf.some(restOf(asked));
}

function contradictionOf({ min, max, prefix, maxLength }: Asked): string | undefined {
  if (min !== undefined && max !== undefined && min > max) return "has a min above its max";
  const isOfNumbers = min !== undefined || max !== undefined;
  if (isOfNumbers && prefix !== undefined) return "asks for a number and for a text with a prefix";
  if (isOfNumbers && maxLength !== undefined)
    return "asks for a number and for a length, which no number has";
  if (prefix !== undefined && !restOf({ ...nothing, maxLength })(prefix))
    return "has a prefix that is longer than its maxLength";
  return undefined;
}

/** What is asked besides `oneOf`. By the code that judges calls, so that the two cannot differ. */
function restOf(asked: Asked): (value: unknown) => boolean {
  const meets = compileArguments([{ ...asked, oneOf: undefined, path: ["value"] }]);
  return (value) => meets({ value }) === "yes";
}

/** What meets both; undefined where nothing does for its prefix. */
function merged(one: Asked, other: Asked): Asked | undefined {
  const [short = "", long = ""] = [one.prefix ?? "", other.prefix ?? ""].toSorted(
    (a, b) => a.length - b.length,
  );
  if (!long.startsWith(short)) return undefined;
  const keys = new Set(other.oneOf?.map(valueKey));
  return {
    min: bound(one.min, other.min, (a, b) => a > b),
    max: bound(one.max, other.max, (a, b) => a < b),
    prefix: long === "" ? undefined : long,
    maxLength: bound(one.maxLength, other.maxLength, (a, b) => a < b),
    oneOf:
      other.oneOf === undefined
        ? one.oneOf
        : (one.oneOf?.filter((value) => keys.has(valueKey(value))) ?? other.oneOf),
  };
}

function bound<Value>(
  one: Value | undefined,
  other: Value | undefined,
  isTighter: (a: Value, b: Value) => boolean,
): Value | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return isTighter(one, other) ? one : other;
}
