import type { Durability } from "../../lineage/types.js";
import type { CallSite, Decision, Facts } from "../../policy/types.js";
import type { Poison } from "./poison.js";

/** What the gate asks at each call. Every part is of the run alone, and all are synchronous. */
export interface GateParts {
  /** One atomic load and one comparison of clocks. */
  readonly trust: { isTrustedAndFresh(nowNs: bigint): boolean };
  readonly policy: GatePolicy;
  /** Counts a call and its bytes; returns a sentence if that is more than the policy's limits allow. */
  readonly budgets: { charge(calls: number, bytesOut: number): string | undefined };
  readonly rates: {
    /** Charges one call to each of these rules, or to none; returns the first rule that has no room for it now. */
    take(rules: readonly string[], nowNs: bigint): string | undefined;
    /** Whether it can refuse. */
    isLimited(rule: string): boolean;
  };
  readonly evidence: CallEvidence;
  readonly poison: Poison;
  /** Monotonic, in nanoseconds; the clock of the freshness deadline. */
  now(): bigint;
}

export interface GatePolicy {
  decide(site: CallSite, facts: Facts | undefined, args?: Readonly<Record<string, unknown>>): Decision;
  /** The denial of a call that could not be decided on: no milder than any rule on the function. */
  denyUndecided(site: CallSite, cause: string): Decision;
  /** Whether a rule looks at the arguments themselves, so that they must be named for it. */
  looksAtArguments(site: CallSite): boolean;
}

/** What is recorded before a call has any effect. */
export interface CallIntent {
  /** With the version that the component asked for. */
  readonly interface: string;
  readonly function: string;
  readonly facts: readonly Facts[];
  readonly sampled: readonly Facts[];
  readonly decision: Decision;
  /** Refused for its arguments, and not by the policy. */
  readonly isMalformed?: boolean;
  readonly args: readonly unknown[];
  readonly atNs: bigint;
}

export type CallOutcome =
  | { readonly kind: "returned"; readonly value: unknown; readonly bytesOut: number }
  | { readonly kind: "wit-error"; readonly error: unknown }
  | { readonly kind: "denied"; readonly error: unknown }
  /** Malformed: the guest gets the function's own error for that. */
  | { readonly kind: "refused"; readonly error: unknown }
  /** The call ended the run as it was meant to: `wasi:cli/exit`. */
  | { readonly kind: "ended" }
  | { readonly kind: "trapped"; readonly reason: string };

/** The journal as the gate sees it. A throw means that the record does not stand, and the guest ends. */
export interface CallEvidence {
  /** @returns the number by which the outcome refers to its intent. */
  intent(intent: CallIntent, durability: Durability): bigint | number;
  outcome(intent: bigint | number, outcome: CallOutcome, durability: Durability): void;
}
