import { accounts, Posting, quote, transfer } from "acme:billing/ledger@1.0.0";
import { describeError } from "../client/wit-error.js";

// Calls the imported ledger, so that a policy on another's interface has something to decide on.

export const desk = {
  ask: (account: string, amount: number): number => unwrap(() => quote(account, amount)),
  moveAll: (from: string, to: readonly string[], amount: number): string[] =>
    to.map((target) => {
      try {
        transfer(from, target, amount);
        return `${target}: moved ${amount}`;
      } catch (error) {
        return `${target}: ${describeError(error)}`;
      }
    }),
  post: (account: string, amounts: ArrayLike<number>): number =>
    unwrap(() => {
      const posting = new Posting(account);
      for (const amount of Array.from(amounts)) posting.add({ account, amount, currency: "eur" });
      return posting.commit();
    }),
  known: (): string[] => accounts(),
};

/** The host's error as the export's own. */
function unwrap<Value>(call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    throw (error as { payload: unknown }).payload;
  }
}
