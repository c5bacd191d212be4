/**
 * What metered code pays, in units of fuel. The numbers are part of every golden count and of what policies say, so they
 * change only on purpose. docs/fuel.md is the published table, and a test holds it to this one.
 *
 * One unit is about one simple instruction. Where an instruction makes the machine do much more than that, it costs more,
 * so that no program gets far more time for its fuel than another.
 */
export const instructionCosts = {
  /** Whatever is not named below. */
  simple: 1,
  /** `block`, `loop`, `else`, `end`, `try`, `catch`, `nop`: they are labels, and no work. */
  label: 0,
  /** Division and remainder of integers. */
  division: 8,
  call: 4,
  /** Calls through a table or a reference, whose type is checked. */
  indirectCall: 8,
  /** `table.get`, `table.set`, `ref.func`, `data.drop`, `elem.drop`. */
  reference: 4,
  /** `throw`, `rethrow`, `throw_ref`: the engine walks the stack. */
  throw: 1_000,
  /** Operations on ranges, and what it takes to begin one. */
  bulk: 16,
  memoryGrow: 1_000,
  tableGrow: 250,
} as const;

/** What is charged by length on top, before the operation begins: `units` for every `per` of what is counted. */
export interface LengthCost {
  /** A power of two. */
  readonly per: number;
  readonly units: number;
}

export const lengthCosts = {
  /** `memory.fill`, `memory.copy`, `memory.init`, by bytes. */
  memoryBytes: { per: 8, units: 1 },
  /** `memory.grow`, by pages of 64 KiB, also where it fails. */
  memoryPages: { per: 1, units: 1_024 },
  /** `table.fill`, `table.copy`, `table.init` and `table.grow`, by elements. */
  tableElements: { per: 1, units: 4 },
} as const satisfies Record<string, LengthCost>;

/**
 * Call depth is counted in units of sixteen values of a frame, about 128 bytes of the machine's stack: what a function has
 * of parameters, locals and operands at most, each vector counted twice, and eight for the frame itself. So a limit of
 * depth bounds the stack, whatever the functions look like. A function that calls nothing, and whose frame fits one unit,
 * is not counted.
 */
export const frame = { values: 8, valuesPerUnit: 16 } as const;

/** Units of depth that one frame takes. */
export function frameDepth(values: number): number {
  return Math.ceil((frame.values + values) / frame.valuesPerUnit);
}
