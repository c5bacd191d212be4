import type { NamedType } from "../component/wit-types.js";
import type { GrantKind } from "./types.js";

/** What the policy room must know of a host interface: whether naming it is needed, and with which constraint. */
export interface InterfaceContract {
  readonly authority: "none" | "granted";
  readonly grant?: GrantKind;
  /**
   * For keys of its grants that take words from a list (`direction`): by function, the words that a call of it can meet. A function
   * that is left out meets none, since its calls touch nothing that a grant could look at. A key that a function leaves out may
   * have any words.
   */
  readonly words?: Readonly<Record<string, GrantWords>>;
  /** The same for `deny` rules, where they meet other words; absent where `words` serves both. */
  readonly denyWords?: Readonly<Record<string, GrantWords>>;
  /** Names of all functions that it has, such as `[method]descriptor.open-at`; left out where they are not known. */
  readonly functions?: ReadonlySet<string>;
  /** The parameters of one of them; undefined where their types are not known. */
  readonly parametersOf?: (functionName: string) => readonly NamedType[] | undefined;
}

/** Words by the key of a grant: `{ protocols: ["tcp"], direction: ["connect"] }`. */
export type GrantWords = Readonly<Record<string, readonly string[]>>;

/** Contracts by interface without version (`wasi:filesystem/types`). An interface that is not in the map has no
 * implementation here and is never linked. */
export type PolicyContracts = ReadonlyMap<string, InterfaceContract>;
