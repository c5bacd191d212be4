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
const trapModule = Uint8Array.of(
  0x00,
  0x61,
  0x73,
  0x6d,
  0x01,
  0x00,
  0x00,
  0x00, // magic, version
  0x01,
  0x04,
  0x01,
  0x60,
  0x00,
  0x00, // type: func () -> ()
  0x03,
  0x02,
  0x01,
  0x00, // one function of that type
  0x07,
  0x08,
  0x01,
  0x04,
  0x74,
  0x72,
  0x61,
  0x70,
  0x00,
  0x00, // export "trap"
  0x0a,
  0x05,
  0x01,
  0x03,
  0x00,
  0x00,
  0x0b, // body: unreachable
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
