import type { Durability } from "../lineage/types.js";
import type { Facts } from "../policy/types.js";

/**
 * The real thing behind one imported function, together with what a decision about it looks at.
 *
 * `self` and `args` are host values: for a method, `args[0]` is the resource's host object.
 * Values have the shapes of jco's JavaScript mapping (u64 as bigint, `list<u8>` as Uint8Array, a variant as
 * `{ tag, val }`, an option as `undefined` or the value, a record with camelCase keys).
 */
export interface HostFunctionDefinition {
  /**
   * What the decision looks at, computed from the arguments without any effect; more than one where a call touches
   * several things (a rename), none where only the function's name counts. Throws {@link MalformedArguments} for
   * arguments that the call takes in no case.
   */
  facts?(...args: never[]): readonly Facts[];
  /**
   * A second decision on what must be asked from outside once the first has allowed it (the addresses of a name,
   * so that a denied name is not even looked up). What it returns is recorded as a sampled input.
   */
  sample?(...args: never[]): readonly Facts[];
  /** Does it. A WIT error is thrown as {@link WitError}; anything else that is thrown traps the guest. */
  call(...args: never[]): unknown;
  /**
   * The WIT error that the interface defines for "not permitted"; absent where the function has none, and then a
   * denied call traps.
   */
  readonly denied?: { readonly error: unknown };
  readonly durability: Durability;
  /** Bytes that the call takes out of the sandbox, for `limits.bytesOut`. */
  bytesOut?(...args: never[]): number;
}

/** An error that the WIT function's `result` type carries; `payload` has jco's shape of the error type. */
export class WitError extends Error {
  override readonly name = "WitError";
  readonly payload: unknown;
  constructor(payload: unknown) {
    super("the host function returned an error");
    this.payload = payload;
  }
}

/**
 * Arguments that a call refuses whatever a policy says of them. What is known of them all the same is told with it:
 * where a `deny` rule covers that, the call is a violation and not just a mistake.
 */
export class MalformedArguments extends WitError {
  /** Facts may lack what cannot be read. They are looked at once, one after the other. */
  readonly known: Iterable<Facts>;
  constructor(payload: unknown, known: Iterable<Facts> = []) {
    super(payload);
    this.known = known;
  }
}

declare const sealed: unique symbol;
/** A host function that only the gate can open. */
export interface HostFunction {
  readonly [sealed]: never;
}

const definitions = new WeakMap<HostFunction, HostFunctionDefinition>();

/** Seals a definition: from here on nothing but the gate can reach it. */
export function hostFunction(definition: HostFunctionDefinition): HostFunction {
  const handle = Object.freeze(Object.create(null)) as HostFunction;
  definitions.set(handle, Object.freeze({ ...definition }));
  return handle;
}

/** For `sandbox/gate/` alone; the import-direction check refuses any other importer. */
export function openHostFunction(handle: HostFunction): HostFunctionDefinition {
  const definition = definitions.get(handle);
  if (definition === undefined) throw new TypeError("not a host function");
  return definition;
}
