import type { Limits } from "../manifest/manifest.js";

/** Counts what a run has used of its limits. */
export interface Budgets {
  /**
   * Adds a call to the account.
   * @returns a sentence if that is more than a limit allows; from then on every charge is refused.
   */
  charge(calls: number, bytesOut: number): string | undefined;
}

/** What a call counts as against `limits.lineage`, besides its facts: its records, with their names and commitments. */
const recordBytes = 512;

/** @param factBytes how many bytes the facts of all calls have taken in their records so far */
export function createBudgets(
  limits: Pick<Limits, "hostCalls" | "bytesOut" | "lineage">,
  factBytes: () => number,
): Budgets {
  const factsBefore = factBytes();
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
      else if (calls * recordBytes + factBytes() - factsBefore > limits.lineage)
        exceeded = `limits.lineage allows ${limits.lineage} bytes of records`;
      return exceeded;
    },
  };
}

/** Anything that is no count uses up the whole budget: NaN would otherwise compare false with every limit. */
function amount(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : Infinity;
}
