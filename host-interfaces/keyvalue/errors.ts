import { WitError } from "../../runtime/host-contract.js";

/** The variant `error` of `wasi:keyvalue/store`. */
export const noSuchStore = { tag: "no-such-store" } as const;
export const accessDenied = { tag: "access-denied" } as const;

/** @param text reaches the guest: it names no path of the host. */
export function storeError(text: string): WitError {
  return new WitError({ tag: "other", val: text });
}

/** Runs file work and turns what the system says into what a guest may know of it. */
export function withStoreErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof WitError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw storeError(`the store failed (${code})`);
  }
}
