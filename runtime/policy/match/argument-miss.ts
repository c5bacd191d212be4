import type { ArgumentRule, ArgumentValue } from "../manifest/manifest.js";
import type { CallArguments } from "../types.js";
import { type Answer, compileArguments, isComparable, listLength, valueAt } from "./argument-rules.js";
import { printable, quoteYaml } from "./printable.js";

/** Of a text; nobody would check a longer one before pasting it into a policy. */
const longestShown = 200;

/** One argument of a call that is not what a rule asks for. */
export interface ArgumentMiss {
  readonly rule: ArgumentRule;
  /** What it fails and how, in words that hold nothing of the argument: `is above the max of 1000`. */
  readonly fault: string;
  readonly value: unknown;
}

/** What of a list of argument rules a call does not meet; empty if it meets them all. */
export function missesOf(
  rules: readonly ArgumentRule[],
  args: CallArguments | undefined,
): readonly ArgumentMiss[] {
  return rules.flatMap((rule) => {
    const faults = clausesOf(rule).flatMap((clause) => {
      const answer = compileArguments([clause])(args);
      return answer === "yes" ? [] : [faultOf(clause, answer)];
    });
    return faults.length === 0
      ? []
      : [{ rule, fault: faults.join(" and "), value: valueAt(args, rule.path) }];
  });
}

/** `filter.limit is above the max of 10 and account is not "acme"`. */
export function missText(misses: readonly ArgumentMiss[]): string {
  return misses.map(({ rule, fault }) => `${pathOf(rule)} ${fault}`).join(", and ");
}

/** What the arguments are that miss; for whoever watches the run, since it holds what a guest passed. */
export function valueText(misses: readonly ArgumentMiss[]): string {
  return misses.map(({ rule, value }) => `${pathOf(rule)} is ${shown(value)}`).join(", ");
}

/** A guest may have passed megabytes, and for each denial again; only the beginning is looked at. */
function shown(value: unknown): string {
  if (typeof value === "string") return printable(value.slice(0, longestShown + 1));
  if (isComparable(value)) return printable(value);
  const length = listLength(value);
  if (length !== undefined) return `a list of ${length}`;
  return value === undefined || value === null ? "not there" : "no single value";
}

/**
 * The rules of a list as they would have to be for the call to meet them, in YAML, and no wider than for this call.
 * Undefined where no rule can ask for what an argument is.
 */
export function metBy(rules: readonly ArgumentRule[], misses: readonly ArgumentMiss[]): string | undefined {
  const lines = rules.map((rule) => {
    const miss = misses.find((one) => one.rule === rule);
    return miss === undefined ? ruleText(rule) : widened(rule, miss.value);
  });
  return lines.includes(undefined) ? undefined : `args: [${lines.join(", ")}]`;
}

/** A rule of several clauses, each alone. */
function clausesOf(rule: ArgumentRule): readonly ArgumentRule[] {
  const { path, ...clauses } = rule;
  const none = {
    path,
    max: undefined,
    min: undefined,
    oneOf: undefined,
    prefix: undefined,
    maxLength: undefined,
  };
  return Object.entries(clauses).flatMap(([key, value]) =>
    value === undefined ? [] : [{ ...none, [key]: value }],
  );
}

function faultOf({ max, min, oneOf, prefix, maxLength }: ArgumentRule, answer: Answer): string {
  const judged = answer === "no";
  if (max !== undefined)
    return judged ? `is above the max of ${max}` : `is no number, and has a max of ${max}`;
  if (min !== undefined)
    return judged ? `is below the min of ${min}` : `is no number, and has a min of ${min}`;
  if (prefix !== undefined) return `does not begin with ${printable(prefix)}`;
  if (maxLength !== undefined) return judged ? `is longer than ${maxLength}` : "has no length";
  return oneOf?.length === 1 ? `is not ${printable(oneOf[0])}` : `is none of ${printable(oneOf)}`;
}

/** A number may be widened to; of anything else it is this value alone, or the length of a list. */
function widened(rule: ArgumentRule, value: unknown): string | undefined {
  const { max, min, oneOf, prefix, maxLength } = rule;
  const isRange = [oneOf, prefix, maxLength].every((clause) => clause === undefined);
  if (isRange && (typeof value === "number" || typeof value === "bigint") && Number.isFinite(Number(value))) {
    return ruleText({
      ...rule,
      max: max === undefined || value <= max ? max : value,
      min: min === undefined || value >= min ? min : value,
    });
  }
  const length = listLength(value);
  const isLength = [max, min, oneOf, prefix].every((clause) => clause === undefined);
  if (isLength && length !== undefined) return ruleText({ ...rule, maxLength: length });
  return isComparable(value) ? exactly(rule, value) : undefined;
}

function exactly({ path }: ArgumentRule, value: ArgumentValue): string | undefined {
  if (typeof value === "string" && value.length > longestShown) return undefined;
  if (typeof value === "number" && !Number.isFinite(value)) return undefined;
  return `{ path: ${path.join(".")}, equals: ${valueYaml(value)} }`;
}

function ruleText({ path, max, min, oneOf, prefix, maxLength }: ArgumentRule): string {
  const clauses = [
    max === undefined ? [] : `max: ${max}`,
    min === undefined ? [] : `min: ${min}`,
    oneOf === undefined
      ? []
      : oneOf.length === 1
        ? `equals: ${oneOf.map(valueYaml).join("")}`
        : `oneOf: [${oneOf.map(valueYaml).join(", ")}]`,
    prefix === undefined ? [] : `prefix: ${quoteYaml(prefix)}`,
    maxLength === undefined ? [] : `maxLength: ${maxLength}`,
  ];
  return `{ path: ${path.join(".")}, ${clauses.flat().join(", ")} }`;
}

function valueYaml(value: ArgumentValue): string {
  return typeof value === "string" ? quoteYaml(value) : String(value);
}

function pathOf({ path }: ArgumentRule): string {
  return path.join(".");
}
