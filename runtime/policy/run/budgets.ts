import type { Limits } from "../manifest/manifest.js";

/** Counts what a run has used of its limits. */
export interface Budgets {
  /**
   * Adds a call to the account.
   * @returns a sentence if that is more than a limit allows; from then on every charge is refused.
   */
  charge(calls: number, bytesOut: number): string | undefined;
}

export function createBudgets(limits: Pick<Limits, "hostCalls" | "bytesOut">): Budgets {
  let calls = 0;
  let bytesOut = 0;
  let exceeded: string | undefined;
  return {
    charge(moreCalls, moreBytes) {
      if (exceeded !== undefined) return exceeded;
      calls += amount(moreCalls);
      bytesOut += amount(moreBytes);
      if (calls > limits.hostCalls) exceeded = `limits.hostCalls allows ${limits.hostCalls} host calls`;
      else if (bytesOut > limits.bytesOut) exceeded = `limits.bytesOut lets ${limits.bytesOut} bytes out`;
      return exceeded;
    },
  };
}

/** Anything that is no count uses up the whole budget: NaN would otherwise compare false with every limit. */
function amount(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : Infinity;
}
