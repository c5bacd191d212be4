import type { ZodType, z } from "zod";

/** What a rule says of a violation, in order of severity. */
export type OnViolation = "deny" | "trap" | "quarantine";

/** What a rule does with the calls that it covers. */
export type RuleEffect = "allow" | "deny";

/** What a decision looks at for one host call, in the terms of a grant kind: `{ root, path, rights }`.
 * Facts are recorded, so that the decision can be repeated from the record; they must survive JSON. */
export type Facts = Readonly<Record<string, FactValue>>;

/** What a fact can be; no 64-bit number, which JSON has no form for. */
export type FactValue =
  | string
  | number
  | boolean
  | null
  | readonly FactValue[]
  | { readonly [key: string]: FactValue };

/** Of a fact that is not a string. */
export type FactType = "number" | "boolean" | "list";

/** The arguments of a call by WIT parameter name, as host values in the shapes of jco's JavaScript mapping. */
export type CallArguments = Readonly<Record<string, unknown>>;

/** A call as the policy sees it: which import, and what it is about to touch. */
export interface CallSite {
  /** Without a version: `wasi:filesystem/types`; `$world` for functions imported at world level. */
  readonly interface: string;
  /** WIT name: `[method]descriptor.open-at`. */
  readonly function: string;
}

export interface Decision {
  readonly verdict: RuleEffect;
  /** The id of the rule that decided; null where no rule matched (deny by default). */
  readonly rule: string | null;
  /** What follows from a denial; `deny` where the verdict is `allow`. */
  readonly onViolation: OnViolation;
  /** A sentence for the operator: what was asked and, for a denial, the manifest lines that would allow it. It holds no
   * argument of the call, since it goes into the evidence of a run that it ends. */
  readonly reason: string;
  /** What the arguments were that a rule asks for, and what would allow them. For whoever watches the run; arguments may
   * be secret, so that it must not be recorded. */
  readonly advice?: string | undefined;
}

/** What schemas are made with; `z` of the package `zod`. */
export type SchemaMaker = typeof z;

/**
 * One kind of constraint that an `allow` or `deny` rule can carry, such as `fs:` or `http:`. The host interface
 * that it belongs to defines it; the policy room indexes and applies it. Kinds with the same key are the same object.
 */
export interface GrantKind<Grant = unknown> {
  /** The rule's key in the manifest: `fs`, `http`, `env`, `net`, `keyvalue`, `config`. */
  readonly key: string;
  /**
   * The value of that key: one grant. Strict: an unknown key is an error. The manifest holds a list of them or, for
   * kinds with a single grant (`http`), one. Grants are plain data, since they are posted to the guest's thread.
   *
   * Called once, and only where a manifest is read: a guest's thread has no parser, and `z` is lent so that it need not
   * load one.
   */
  schema(z: SchemaMaker): ZodType<Grant>;
  /** The same for `deny` rules, where a key that is left out means "any"; absent where `schema` serves both. */
  denySchema?(z: SchemaMaker): ZodType<Grant>;
  /** The file root that a grant names, if it names one: in a run without that root it could match nothing. */
  rootOf?(grant: Grant): string | undefined;
  /**
   * Whether all interfaces of the kind lead to the same things, as a key is the same key through `store`, `batch` and `atomics`.
   * A denial on one of them, with a grant, is then one on all.
   */
  readonly isShared?: boolean;
  /**
   * Other functions by which a guest has the same of what a grant covers, or has it by another name. A denial of the function, with
   * a grant, is one of these too.
   */
  besides?(functionName: string): readonly string[];
  /** The names of all facts of its calls. Where they are told, a person's word for any other is a mistake. */
  readonly factNames?: readonly string[];
  /** How a person's word for a fact is read where that is not a string: `{ port: "number" }`. */
  readonly factTypes?: Readonly<Record<string, FactType>>;
  /** One grant in YAML flow style, shown to somebody whose component imports the interface without a rule. */
  readonly example?: string;
  /**
   * Compiles the grants of all rules that carry this kind into one index whose cost does not grow with the
   * number of rules. `order` gives precedence, lowest first.
   *
   * `effect` says which way to round: an `allow` grant covers facts that lie within it in every respect, a `deny`
   * grant covers facts that it touches in any (of the rights `[read, write]`, a denial of `write` covers both).
   * @returns for some facts, the lowest `order` of a grant that covers them, or -1.
   */
  compile(grants: readonly OrderedGrant<Grant>[], effect: RuleEffect): (facts: Facts) => number;
  /** The manifest lines (YAML, without indentation of their own) that would allow these facts. Facts come from the
   * guest and the lines may be pasted into a policy: quote every string with `quoteYaml`. Somebody who asks by hand may leave facts
   * out: of those, show what a rule could say, as in `example`. */
  suggest(site: CallSite, facts: Facts): string;
}

/** A grant and its rule's rank: the lowest of those that match decides. */
export interface OrderedGrant<Grant> {
  readonly order: number;
  readonly grant: Grant;
}
