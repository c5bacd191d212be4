import assert from "node:assert/strict";
import { CoreReader } from "../../../runtime/sandbox/limits/core-reader.js";

export interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** An unsigned LEB128 number, written independently of what is tested. */
export function u32(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...u32(Math.floor(value / 0x80))];
}

export function string(text: string): number[] {
  return [...u32(text.length), ...Buffer.from(text)];
}

/** Magic number and version. */
export const header: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A module with nothing but memories and tables of functions. */
export function moduleOf(content: {
  readonly memories?: readonly Limits[];
  readonly tables?: readonly Limits[];
}): Uint8Array {
  const limits = ({ min, max }: Limits): number[] =>
    max === undefined ? [0, ...u32(min)] : [1, ...u32(min), ...u32(max)];
  const section = (id: number, items: readonly number[][]): number[] => {
    const inside = [...u32(items.length), ...items.flat()];
    return items.length === 0 ? [] : [id, ...u32(inside.length), ...inside];
  };
  const { memories = [], tables = [] } = content;
  return bytes(
    ...header,
    ...section(
      4,
      tables.map((item) => [0x70, ...limits(item)]),
    ),
    ...section(5, memories.map(limits)),
  );
}

/** What a module defines of memories and tables. */
export function definitionsOf(module: Uint8Array): { memories: Limits[]; tables: Limits[] } {
  const reader = new CoreReader(module, 8);
  const found: { memories: Limits[]; tables: Limits[] } = { memories: [], tables: [] };
  while (!reader.done) {
    const id = reader.byte();
    const content = reader.section(reader.u32());
    if (id !== 4 && id !== 5) continue;
    for (let left = content.u32(); left > 0; left -= 1) {
      if (id === 4) assert.ok([0x6f, 0x70].includes(content.byte()));
      const bounded = content.byte() === 1;
      const min = content.u32();
      found[id === 4 ? "tables" : "memories"].push({ min, max: bounded ? content.u32() : undefined });
    }
  }
  return found;
}

/** Exports what grows its memory and its table by one, and gives the size before or -1. */
export const growers = `(module
  (memory 1) (table 3 funcref)
  (func (export "memory") (result i32) (memory.grow (i32.const 1)))
  (func (export "table") (result i32) (table.grow (ref.null func) (i32.const 1))))`;

/** How far an instance of {@link growers} gets, with at most so many steps. */
export function growth(module: Uint8Array, steps = 10_000): { pages: number; elements: number } {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const reach = (name: string): number => {
    const grow = exports[name];
    assert.ok(typeof grow === "function");
    let size = 0;
    for (let step = 0; step < steps; step += 1) {
      const before: unknown = grow();
      assert.ok(typeof before === "number");
      if (before === -1) return size;
      size = before + 1;
    }
    return size;
  };
  return { pages: reach("memory"), elements: reach("table") };
}
