import type { TrustSignal } from "../../trust/types.js";

/** Why a guest was ended from inside its worker. */
export type GuestEnd =
  /** The guest asked for it: `wasi:cli/exit`. */
  | { readonly kind: "exit"; readonly code: number }
  /** The gate saw the trust word lowered or the freshness deadline passed. */
  | { readonly kind: "untrusted" }
  /** A rule that ends the run matched a call. */
  | {
      readonly kind: "violation";
      readonly onViolation: "trap" | "quarantine";
      readonly rule: string | null;
      readonly reason: string;
    }
  /** A budget is used up. */
  | { readonly kind: "limit"; readonly reason: string }
  /** The lineage could not take a record. */
  | { readonly kind: "unrecorded"; readonly reason: string }
  /** The guest broke the Canonical ABI, or a host function failed in a way that its type cannot say. */
  | { readonly kind: "fault"; readonly reason: string };

/** What the supervisor makes of an end, where it is a loss of trust; the others end the run as they are. */
export type EndSignal = TrustSignal | undefined;

/**
 * (module (func (export "trap") unreachable))
 *
 * An exception thrown by a host function is caught by a guest's `catch_all`, even a `WebAssembly.RuntimeError`.
 * A real trap is not, whichever JavaScript frames it passes on its way.
 */
const trapModule = Buffer.from(
  "0061736d01000000" + // magic, version
    "010401600000" + // type: func () -> ()
    "03020100" + // one function of that type
    "07080104747261700000" + // export "trap"
    "0a05010300000b", // body: unreachable
  "hex",
);

/** The state that outlives a trap: once set, every further step of the guest into the host traps again. */
export interface Poison {
  /** The first end wins; later ones are consequences of it. */
  readonly end: GuestEnd | undefined;
  /** Poisons the run, then traps. */
  trap(end: GuestEnd): never;
}

export function createPoison(): Poison {
  const { trap } = new WebAssembly.Instance(new WebAssembly.Module(trapModule)).exports;
  if (typeof trap !== "function") throw new TypeError("the trap module does not export its function");
  let first: GuestEnd | undefined;
  return {
    get end() {
      return first;
    },
    trap(end) {
      first ??= end;
      trap();
      // Not reached: `trap` is `unreachable`. Should an engine ever return from it, the guest must not go on.
      throw new Error("a trap returned");
    },
  };
}
