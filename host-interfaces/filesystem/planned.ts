import {
  type Durability,
  type Facts,
  type HostFunction,
  hostFunction,
  MalformedArguments,
  type WitError,
} from "../../runtime/host-contract.js";

interface PlannedFunction<Args extends readonly unknown[], Plan> {
  /** Works out what the call is about, without effect. */
  readonly plan: (...args: Args) => Plan;
  /** Why the arguments are such that the call fails in any case; the first of these that there is. */
  readonly malformed?: (plan: Plan, ...args: Args) => readonly (WitError | undefined)[];
  readonly facts: (plan: Plan) => readonly Facts[];
  /** Does what was planned, with no second look at the guest's path. */
  readonly act: (plan: Plan, ...args: Args) => unknown;
  readonly durability: Durability;
  readonly bytesOut?: ((...args: Args) => number) | undefined;
}

/**
 * A host function that acts on the very plan that was decided on. A path is resolved once: were it resolved again
 * after the decision, it could lead elsewhere by then.
 */
export function planned<Args extends readonly unknown[], Plan>(
  definition: PlannedFunction<Args, Plan>,
): HostFunction {
  const { plan, malformed, facts, act, durability, bytesOut } = definition;
  let decided: { readonly args: Args; readonly plan: Plan } | undefined;
  // The gate lifts the arguments by the WIT type, which the signature of `plan` and `act` mirrors.
  const typed = (args: unknown[]): Args => args as unknown as Args;
  return hostFunction({
    facts(...values) {
      decided = undefined;
      const args = typed(values);
      const made = plan(...args);
      const [fault] = (malformed?.(made, ...args) ?? []).filter((one) => one !== undefined);
      if (fault !== undefined) throw new MalformedArguments(fault.payload, facts(made));
      decided = { args, plan: made };
      return facts(made);
    },
    call(...values) {
      const taken = decided;
      decided = undefined;
      const args = typed(values);
      if (taken === undefined || !sameArguments(taken.args, args)) {
        throw new TypeError("a file function was called without a decision on these arguments");
      }
      return act(taken.plan, ...args);
    },
    denied: { error: "not-permitted" },
    durability,
    ...(bytesOut === undefined ? {} : { bytesOut: (...values) => bytesOut(...typed(values)) }),
  });
}

function sameArguments(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((value, index) => Object.is(value, right[index]));
}
