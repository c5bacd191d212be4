/** Writes the binary format by hand, for components that no tool would make. */
export function leb(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? byte : byte | 0x80);
  } while (rest !== 0n);
  return bytes;
}

export function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...leb(bytes.length), ...bytes];
}

export function vector(items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()];
}

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

export const componentStart: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
export const moduleStart: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export function component(...sections: readonly (readonly number[])[]): number[] {
  return [...componentStart, ...sections.flat()];
}

export function module(...sections: readonly (readonly number[])[]): number[] {
  return [...moduleStart, ...sections.flat()];
}

/** Sections by what is in them. */
export const coreModule = (content: readonly number[]): number[] => section(1, content);
export const nested = (content: readonly number[]): number[] => section(4, content);
export const instances = (...items: readonly (readonly number[])[]): number[] => section(5, vector(items));
export const aliases = (...items: readonly (readonly number[])[]): number[] => section(6, vector(items));
export const types = (...items: readonly (readonly number[])[]): number[] => section(7, vector(items));
export const imports = (...items: readonly (readonly number[])[]): number[] => section(10, vector(items));
export const exports = (...items: readonly (readonly number[])[]): number[] => section(11, vector(items));

/** `(import "name" (instance (type index)))` and the like. */
export const externName = (name: string): number[] => [0x00, ...text(name)];
export const importInstance = (name: string, type: number): number[] => [
  ...externName(name),
  0x05,
  ...leb(type),
];
export const importFunction = (name: string, type: number): number[] => [
  ...externName(name),
  0x01,
  ...leb(type),
];

export const u32Code = 0x79;
export const emptyFunction: readonly number[] = [0x40, 0x00, 0x01, 0x00];
export const functionOf = (type: readonly number[]): number[] => [
  0x40,
  0x01,
  ...text("a"),
  ...type,
  0x01,
  0x00,
];
export const tuple = (...items: readonly (readonly number[])[]): number[] => [0x6f, ...vector(items)];
