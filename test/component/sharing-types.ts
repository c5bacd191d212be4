import {
  component,
  externName,
  importInstance,
  imports,
  leb,
  text,
  types,
  vector,
} from "./binary-builder.js";

/** A component that names many types; each is a list of the same record, so that this is printed as often. */
export function sharingTypes(named: number, fields: number, prefix: string): Uint8Array {
  const u32 = [0x79];
  const labels = Array.from({ length: fields }, (_, index) => [...text(`${prefix}${index}`), ...u32]);
  const record = [0x01, 0x72, ...vector(labels)];
  const lists = Array.from({ length: named }, (_, index) => [
    0x01,
    0x70,
    0x00,
    0x04,
    ...externName(`t${index}`),
    0x03,
    0x00,
    // The export before it has an index as well.
    ...leb(1 + 2 * index),
  ]);
  const instance = [0x42, ...leb(1 + 2 * named), ...record, ...lists.flat()];
  return Uint8Array.from(component(types(instance), imports(importInstance("a:b/c", 0))));
}
