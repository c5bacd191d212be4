import type { Numeric, Signature } from "./encode.js";
import type { EngineFeatures } from "./features.js";

/** What code may refer to, the same in every random module. */
export interface Surroundings {
  readonly features: EngineFeatures;
  readonly signatures: readonly Signature[];
  /** The type of `() -> (i32, exnref)`, where the engine has exceptions. */
  readonly caughtType: number;
  /** Signatures of all functions, imported ones first. */
  readonly functions: readonly number[];
  readonly globals: {
    /** Runs out, and with it every loop and recursion. */
    readonly budget: number;
    /** What a counting module has spent by its own account. */
    readonly spent: number;
    /** How many exceptions were thrown. */
    readonly thrown: number;
    readonly free: Readonly<Record<Numeric, number>>;
  };
}

/** A block that code is in, and what a branch to it brings. */
export interface Label {
  readonly types: readonly Numeric[];
  readonly isLoop: boolean;
}

/** A function as its code sees it. */
export interface FunctionScope {
  readonly signature: Signature;
  /** Parameters first. */
  readonly locals: readonly Numeric[];
  /** A local that random code leaves alone. */
  readonly scratch: number;
  /** The blocks that are open, the function's own first. */
  readonly labels: Label[];
}

export function signatureOf({ signatures }: Surroundings, type: number): Signature {
  const signature = signatures[type];
  if (signature === undefined) throw new RangeError(`no type ${type}`);
  return signature;
}
