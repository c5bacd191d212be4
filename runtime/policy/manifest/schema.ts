import { z } from "zod";
import { isWrunError } from "../../errors/index.js";
import { type Digest, parseDigest } from "../../digest.js";
import { conflictAmong, conflictWithin } from "./argument-conflicts.js";
import type { ArgumentRule, ArgumentValue } from "./manifest.js";
import { limitBounds, stalenessBounds } from "./limits.js";
import { parsedBy, quantity } from "./quantity.js";
import { servingSchema } from "./serving.js";
import { parseDayTime, parseDays, parseInstant } from "./time-window.js";
import { parseBytes, parseCount, parseDuration } from "./units.js";

function text<Value>(form: string, parse: (input: string) => Value | undefined) {
  return parsedBy((input) => {
    const value = typeof input === "string" ? parse(input) : undefined;
    return value === undefined ? { wrong: `must be ${form}` } : { value };
  });
}

const matching = (form: string, pattern: RegExp) =>
  text(form, (input) => (pattern.test(input) ? input : undefined));

const name = matching("a name of letters, digits, '.', '_' and '-'", /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const keyId = matching("a key id of printable characters without spaces", /^[\u0021-\u007e]{1,256}$/);
const onViolation = z.enum(["deny", "trap", "quarantine"]);

/** No name of a component is verified yet; a policy for a name would be one that fits nothing, which nobody means. */
const subjectComponent = parsedBy((input): { value: Digest } | { wrong: string } => {
  if (typeof input !== "string") return { wrong: "must be sha256:…" };
  if (!input.startsWith("sha256:") && input.includes("@")) {
    const wrong = "names a release, which this version of wrun cannot verify and so does not accept";
    return { wrong: `${wrong}; write the component's digest, sha256:…` };
  }
  try {
    return { value: parseDigest(input) };
  } catch (error) {
    if (isWrunError(error)) return { wrong: "must be sha256:… with 64 digits" };
    throw error;
  }
});

const instant = text("a time such as 2026-11-30T06:00:00Z", parseInstant);

const validity = z
  .strictObject({
    notBefore: instant.optional(),
    notAfter: instant.optional(),
    windows: z
      .array(
        z.strictObject({
          days: z.array(text("a day or a range of days such as mon or mon-fri", parseDays)).min(1),
          utc: text("a span such as 06:00-20:00, or 22:00-04:00 over midnight", parseDayTime),
        }),
      )
      .min(1)
      .max(64)
      .optional(),
  })
  .refine(({ notBefore = -Infinity, notAfter = Infinity }) => notBefore < notAfter, "ends before it begins");

const limits = z.strictObject({
  memory: quantity(parseBytes, limitBounds.memory).optional(),
  wall: quantity(parseDuration, limitBounds.wallMs).optional(),
  hostCalls: quantity(parseCount, limitBounds.hostCalls).optional(),
  bytesOut: quantity(parseBytes, limitBounds.bytesOut).optional(),
  tableElements: quantity(parseCount, limitBounds.tableElements).optional(),
  lineage: quantity(parseBytes, limitBounds.lineage).optional(),
});

/** The policy manifest without its rules, which need the contracts: see `rule-schema`. */
export const manifestSchema = z.strictObject({
  apiVersion: z.literal("wrun/v1"),
  kind: z.literal("Policy"),
  metadata: z.strictObject({
    name,
    zone: name.optional(),
    epoch: quantity(parseCount, { min: 0, max: Number.MAX_SAFE_INTEGER }).optional(),
  }),
  subject: z
    .strictObject({
      component: subjectComponent.optional(),
      signers: z.array(keyId).min(1).max(1000).optional(),
    })
    .optional(),
  validity: validity.optional(),
  trust: z.strictObject({ maxStaleness: quantity(parseDuration, stalenessBounds).optional() }).optional(),
  limits: limits.optional(),
  serve: servingSchema.optional(),
  allow: z.array(z.unknown()).optional(),
  deny: z.array(z.unknown()).optional(),
  onViolation: onViolation.optional(),
});

/** WIT's: words in lower or in upper case, so that `HTTP-status` is one. */
const word = "(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)";
const label = `%?${word}(?:-(?:${word}|[0-9]+${word}?))*`;
const functionName = matching(
  "a WIT function name such as quote or [method]descriptor.read",
  /^(?:[a-zA-Z][a-zA-Z0-9-]*|\[(?:method|static)\][a-zA-Z][a-zA-Z0-9-]*\.[a-zA-Z][a-zA-Z0-9-]*|\[constructor\][a-zA-Z][a-zA-Z0-9-]*)$/,
);
const argumentPath = text("parameter and field names joined by dots, such as filter.limit", (input) =>
  new RegExp(`^(?:${label})(?:\\.(?:${label}))*$`).test(input) && input.length <= 256
    ? input.split(".")
    : undefined,
);
const comparable = parsedBy<number | bigint>((input) =>
  typeof input === "bigint" || (typeof input === "number" && Number.isFinite(input))
    ? { value: input }
    : { wrong: "must be a number" },
);
const argumentValue = z.union([z.string(), z.boolean(), z.number(), z.bigint()], {
  error: "must be a string, a number or a boolean",
});

interface WrittenArgumentRule {
  readonly path: ArgumentRule["path"];
  readonly max?: ArgumentRule["max"];
  readonly min?: ArgumentRule["min"];
  readonly equals?: ArgumentValue | undefined;
  readonly oneOf?: ArgumentRule["oneOf"];
  readonly prefix?: ArgumentRule["prefix"];
  readonly maxLength?: ArgumentRule["maxLength"];
}

const argumentRule = z
  .strictObject({
    path: argumentPath,
    max: comparable.optional(),
    min: comparable.optional(),
    equals: argumentValue.optional(),
    oneOf: z.array(argumentValue).min(1).optional(),
    prefix: z.string().min(1).optional(),
    maxLength: quantity(parseCount, { min: 0, max: 0xffff_ffff }).optional(),
  })
  .check((context) => {
    const rule = context.value;
    const complain = (message: string) => context.issues.push({ code: "custom", message, input: rule });
    if (Object.values(rule).filter((value) => value !== undefined).length < 2) {
      complain("says nothing of the argument: add max, min, equals, oneOf, prefix or maxLength");
    }
    if (rule.equals !== undefined && rule.oneOf !== undefined) complain("has both equals and oneOf");
    const conflict = conflictWithin(askedBy(rule), rule.equals === undefined ? "oneOf" : "equals");
    if (conflict !== undefined)
      context.issues.push({ code: "custom", ...conflict, path: [...conflict.path], input: rule });
  })
  .transform(askedBy);

/** As a rule of a manifest has it: `equals` is a list of one. */
function askedBy({ path, max, min, equals, oneOf, prefix, maxLength }: WrittenArgumentRule): ArgumentRule {
  return { path, max, min, oneOf: equals === undefined ? oneOf : [equals], prefix, maxLength };
}

const argumentRules = z
  .array(argumentRule)
  .min(1)
  .max(64)
  .check((context) => {
    const conflict = conflictAmong(context.value);
    if (conflict !== undefined)
      context.issues.push({ code: "custom", ...conflict, path: [...conflict.path], input: context.value });
  });

/** The keys that every rule can carry; those of the grant kinds come on top. */
export const ruleSchema = z.strictObject({
  id: name.optional(),
  interface: z.string().min(1).max(256),
  functions: z.array(functionName).max(10_000).optional(),
  args: argumentRules.optional(),
  rate: z
    .strictObject({
      perSecond: quantity(parseCount, { min: 1, max: 1_000_000_000 }),
      burst: quantity(parseCount, { min: 1, max: 1_000_000_000 }),
    })
    .optional(),
  onViolation: onViolation.optional(),
});
