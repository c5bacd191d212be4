import type { GrantKind } from "./types.js";

/** What the policy room must know of a host interface: whether naming it is needed, and with which constraint. */
export interface InterfaceContract {
  readonly authority: "none" | "granted";
  readonly grant?: GrantKind;
  /** Names of all functions that it has, such as `[method]descriptor.open-at`; left out where they are not known. */
  readonly functions?: ReadonlySet<string>;
}

/** Contracts by interface without version (`wasi:filesystem/types`). An interface that is not in the map has no
 * implementation here and is never linked. */
export type PolicyContracts = ReadonlyMap<string, InterfaceContract>;
