import { z } from "zod";
import type { Bounds, Parsed } from "./units.js";

/** A schema out of a function that parses or says what is wrong. */
export function parsedBy<Value>(parse: (input: unknown) => { value: Value } | { wrong: string }) {
  return z.unknown().transform((input, context): Value => {
    const result = parse(input);
    if ("value" in result) return result.value;
    context.issues.push({ code: "custom", message: result.wrong, input });
    return z.NEVER;
  });
}

export function quantity(parse: (input: unknown, bounds: Bounds) => Parsed, bounds: Bounds) {
  return parsedBy((input) => parse(input, bounds));
}
