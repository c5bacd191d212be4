import type { ZodType } from "zod";

/** What a rule says of a violation, in order of severity. */
export type OnViolation = "deny" | "trap" | "quarantine";

/** What a decision looks at for one host call, in the terms of a grant kind: `{ root, path, rights }`.
 * Facts are recorded, so that the decision can be repeated from the record; they must survive JSON. */
export type Facts = Readonly<Record<string, FactValue>>;
export type FactValue =
  | string
  | number
  | boolean
  | null
  | readonly FactValue[]
  | { readonly [key: string]: FactValue };

/** A call as the policy sees it: which import, and what it is about to touch. */
export interface CallSite {
  /** Without a version: `wasi:filesystem/types`; `$world` for functions imported at world level. */
  readonly interface: string;
  /** WIT name: `[method]descriptor.open-at`. */
  readonly function: string;
}

export interface Decision {
  readonly verdict: "allow" | "deny";
  /** The id of the rule that decided; null where no rule matched (deny by default). */
  readonly rule: string | null;
  /** What follows from a denial; `deny` where the verdict is `allow`. */
  readonly onViolation: OnViolation;
  /** A sentence for the operator: what was asked and, for a denial, the manifest lines that would allow it. */
  readonly reason: string;
}

/**
 * One kind of constraint that an `allow` or `deny` rule can carry, such as `fs:` or `http:`. The host interface
 * that it belongs to defines it; the policy room indexes and applies it.
 */
export interface GrantKind<Grant = unknown> {
  /** The rule's key in the manifest: `fs`, `http`, `env`, `net`, `keyvalue`, `config`. */
  readonly key: string;
  /** The value of that key: one grant. Strict: an unknown key is an error. The manifest holds a list of them or,
   * for kinds with a single grant (`http`), one. */
  readonly schema: ZodType<Grant>;
  /**
   * Compiles the grants of all rules that carry this kind into one index whose cost does not grow with the
   * number of rules. `order` gives precedence, lowest first.
   * @returns for some facts, the lowest `order` of a grant that covers them, or -1.
   */
  compile(grants: readonly OrderedGrant<Grant>[]): (facts: Facts) => number;
  /** The manifest lines (YAML, without indentation of their own) that would allow these facts. */
  suggest(site: CallSite, facts: Facts): string;
}

export interface OrderedGrant<Grant> {
  readonly order: number;
  readonly grant: Grant;
}
