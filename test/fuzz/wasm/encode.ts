/** The binary format of core WebAssembly, as far as random modules need it; written independently of what is tested. */

export const i32 = 0x7f;
export const i64 = 0x7e;
export const f32 = 0x7d;
export const f64 = 0x7c;

export type Numeric = typeof i32 | typeof i64 | typeof f32 | typeof f64;

export interface Signature {
  readonly params: readonly Numeric[];
  readonly results: readonly Numeric[];
}

export function u32(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...u32(Math.floor(value / 0x80))];
}

export function s64(value: bigint): number[] {
  const low = Number(BigInt.asUintN(7, value));
  const rest = value >> 7n;
  const ends = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40);
  return ends ? [low] : [low | 0x80, ...s64(rest)];
}

export function text(value: string): number[] {
  return [...u32(value.length), ...Buffer.from(value)];
}

export function vector(items: readonly (readonly number[])[]): number[] {
  return [...u32(items.length), ...items.flat()];
}

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...u32(content.length), ...content];
}

export function functionType({ params, results }: Signature): number[] {
  return [0x60, ...u32(params.length), ...params, ...u32(results.length), ...results];
}

export const header: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
