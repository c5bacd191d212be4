import type { FunctionType, ValueType } from "../wit-types.js";
import { tooComplex } from "./byte-reader.js";
import { decodeLimits } from "./limits.js";

interface Measure {
  readonly size: number;
  readonly depth: number;
  readonly borrows: boolean;
}

const measures = new WeakMap<ValueType, Measure>();

/**
 * The parts of a type are shared objects, so thirty lines can declare a tuple of a billion items: cheap to hold, but
 * not to walk, print or generate code for. This is the one place that a value type passes when it is made.
 */
export function measured<Type extends ValueType>(type: Type, offset: number): Type {
  let size = 1 + labelsOf(type);
  let depth = 0;
  let borrows = false;
  for (const part of partsOf(type)) {
    const measure = measureOf(part);
    size += measure.size;
    depth = Math.max(depth, measure.depth);
    borrows ||= measure.borrows;
  }
  if (size > decodeLimits.typeSize) {
    throw tooComplex(offset, `a type has more than ${decodeLimits.typeSize} parts when written out`);
  }
  if (depth >= decodeLimits.typeDepth) {
    throw tooComplex(offset, `a type is nested more than ${decodeLimits.typeDepth} deep`);
  }
  measures.set(type, { size, depth: depth + 1, borrows });
  return type;
}

/** Nodes of a function's type, written out. */
export function functionSize(type: FunctionType): number {
  let size = 1;
  for (const param of type.params) size += measureOf(param.type).size;
  if (type.result !== undefined) size += measureOf(type.result).size;
  return size;
}

/** Whether a borrowed handle is anywhere in the type. */
export function holdsBorrow(type: ValueType): boolean {
  return measureOf(type).borrows;
}

/** What looking at a type once costs, its parts not included. */
export function widthOf(type: ValueType): number {
  return labelsOf(type) + partsOf(type).length;
}

function measureOf(type: ValueType): Measure {
  return measures.get(type) ?? { size: 1, depth: 1, borrows: type.kind === "borrow" };
}

function labelsOf(type: ValueType): number {
  if (type.kind === "flags") return type.names.length;
  return type.kind === "enum" || type.kind === "variant" ? type.cases.length : 0;
}

/** The types that a type is made of directly. */
function partsOf(type: ValueType): readonly ValueType[] {
  if (type.kind === "list") return [type.element];
  if (type.kind === "option") return [type.type];
  if (type.kind === "tuple") return type.items;
  if (type.kind === "record") return type.fields.map((field) => field.type);
  if (type.kind === "variant") return type.cases.flatMap((one) => one.type ?? []);
  if (type.kind === "result") return [type.ok ?? [], type.err ?? []].flat();
  return [];
}
