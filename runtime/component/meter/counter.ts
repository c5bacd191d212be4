/**
 * What a metered module counts in: one mutable 64-bit global that the host makes and every core module of a component
 * imports, so that all of them draw on one account. Linear memory would not do: a guest can write there.
 *
 * Its value is `fuel * 2^16 + depth`: the fuel that is left, and in the lowest 16 bits how much deeper calls may nest. Two
 * limits in one number take one load, one subtraction and one store at the entry of a function, and not two of each. Fuel
 * that is used up makes the whole negative. Depth that is used up borrows from the fuel, and leaves bit 15 set.
 */
export const counterModule = "wrun:meter";
export const counterName = "wrun:counter";

export const fuelUnit = 65_536;
export const depthUnit = 1;

/** Units that a run may begin with; above it, the price of one bulk operation could wrap the counter around. */
export const mostFuel = 100_000_000_000_000;
export const mostDepth = 32_767;

export interface MeterReading {
  /** Units of fuel that are left; negative once a run went over. */
  readonly fuel: number;
  /** Units of depth that are left; negative once calls went deeper. */
  readonly depth: number;
}

export function encodeCounter({ fuel, depth }: MeterReading): bigint {
  return BigInt(fuel) * BigInt(fuelUnit) + BigInt(depth);
}

export function decodeCounter(counter: bigint): MeterReading {
  const depth = BigInt.asIntN(16, counter);
  return { fuel: Number((counter - depth) / BigInt(fuelUnit)), depth: Number(depth) };
}
