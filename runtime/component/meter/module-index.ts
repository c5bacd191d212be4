/** A function type as far as metering needs it. */
export interface FunctionType {
  readonly params: number;
  readonly results: number;
  /** How a block with these results is written: in place, or as the number of a type that is appended. */
  readonly blockType: Uint8Array;
}

/** What the sections before the code say, by index. */
export interface ModuleIndex {
  readonly types: FunctionType[];
  /** The type of every function, imported ones first. */
  readonly functions: number[];
  /** The type of every exception tag, imported ones first. */
  readonly tags: number[];
  importedFunctions: number;
  /** So many globals are imported; the counter comes right behind them, and those that the module defines move up by one. */
  importedGlobals: number;
}

export function createModuleIndex(): ModuleIndex {
  return { types: [], functions: [], tags: [], importedFunctions: 0, importedGlobals: 0 };
}
