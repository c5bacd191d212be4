import type { FunctionType, ValueType } from "../wit-types.js";
import { tooComplex } from "./byte-reader.js";
import { decodeLimits } from "./limits.js";

interface Measure {
  readonly size: number;
  /** Characters, at most. */
  readonly text: number;
  readonly depth: number;
  readonly borrows: boolean;
}

/** Characters that WIT has around a name, or for a type that has no name. */
const markup = 8;

const measures = new WeakMap<ValueType, Measure>();

/**
 * The parts of a type are shared objects, so thirty lines can declare a tuple of a billion items: cheap to hold, but
 * not to walk, print or generate code for. This is the one place that a value type passes when it is made.
 */
export function measured<Type extends ValueType>(type: Type, offset: number): Type {
  const labels = labelsOf(type);
  let size = 1 + labels;
  let text = markup + namesOf(type).reduce((sum, name) => sum + name.length + markup, 0);
  let depth = 0;
  let borrows = false;
  for (const part of partsOf(type)) {
    const measure = measureOf(part);
    size += measure.size;
    text += measure.text;
    depth = Math.max(depth, measure.depth);
    borrows ||= measure.borrows;
  }
  if (size > decodeLimits.typeSize) {
    throw tooComplex(offset, `a type has more than ${decodeLimits.typeSize} parts when written out`);
  }
  if (depth >= decodeLimits.typeDepth) {
    throw tooComplex(offset, `a type is nested more than ${decodeLimits.typeDepth} deep`);
  }
  measures.set(type, { size, text, depth: depth + 1, borrows });
  return type;
}

/** What a type takes when it is written out. */
export function sizeOf(type: ValueType): Pick<Measure, "size" | "text"> {
  return measureOf(type);
}

/** The same for a function's type. */
export function functionSize(type: FunctionType): Pick<Measure, "size" | "text"> {
  const total = { size: 1, text: markup };
  const add = (part: ValueType): void => {
    const { size, text } = measureOf(part);
    total.size += size;
    total.text += text;
  };
  for (const param of type.params) {
    add(param.type);
    total.text += param.name.length + markup;
  }
  if (type.result !== undefined) add(type.result);
  return total;
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
  const known = measures.get(type);
  if (known !== undefined) return known;
  // A resource gets its name when all is read.
  const isHandle = type.kind === "own" || type.kind === "borrow";
  const text = markup + (isHandle ? decodeLimits.nameBytes : 0);
  return { size: 1, text, depth: 1, borrows: type.kind === "borrow" };
}

function labelsOf(type: ValueType): number {
  return type.kind === "record" ? 0 : namesOf(type).length;
}

function namesOf(type: ValueType): readonly string[] {
  if (type.kind === "flags") return type.names;
  if (type.kind === "enum") return type.cases;
  if (type.kind === "variant") return type.cases.map(({ name }) => name);
  return type.kind === "record" ? type.fields.map(({ name }) => name) : [];
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
