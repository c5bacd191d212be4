import { isWrunError, WrunError } from "../errors/index.js";
import type { PolicyContracts } from "./contracts.js";
import { Mistakes } from "./manifest/mistakes.js";
import { parsePolicy } from "./manifest/parse-policy.js";

const mostTold = 20;

/** Throws all mistakes of a policy at once, at most 20 and the first of each rule: one as it is, several as `POLICY_MISTAKES`. */
export function refuseMistakes(bytes: Uint8Array, source: string, contracts: PolicyContracts): void {
  const mistakes = new Mistakes(mostTold);
  try {
    parsePolicy(bytes, source, contracts, mistakes);
  } catch (error) {
    if (!isWrunError(error) || mistakes.found.length < 2) throw error;
    const lines = mistakes.found.map(({ message, next }) => `${message}\n  ${next}`).join("\n");
    const count =
      mistakes.found.length === mostTold
        ? `${mostTold} mistakes or more`
        : `${mistakes.found.length} mistakes`;
    throw new WrunError("POLICY_MISTAKES", { source, count, lines });
  }
}
