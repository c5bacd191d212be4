import { camelCase, isTaggedOption } from "../../../component/in-worker.js";
import type { ResourceType, ValueType } from "../../../component/wit-types.js";
import {
  type CasesType,
  type CoreType,
  discriminantSize,
  flatten,
  layoutOf,
  partsOf,
  payloadOffset,
  payloadsOf,
  placeFields,
} from "./canonical-layout.js";
import { type CodeWriter, quote } from "./code-writer.js";
import { lowerChar } from "./guest-memory.js";
import { caseNames, typedArrayOf } from "./value-names.js";

/** What lowering needs besides the type. */
export interface LowerContext {
  readonly out: CodeWriter;
  /** Name of the {@link GuestMemory}. */
  readonly memory: string;
  readonly storeString: "storeUtf8" | "storeUtf16" | "storeLatin1OrUtf16";
  /** Name of a function that makes a handle for what stands for it. */
  createHandle(resource: ResourceType): string;
}

/** An expression of the one core value that a result of this type is. Follows `lower_flat`. */
export function lowerFlat(context: LowerContext, type: ValueType, value: string): string {
  if (flatten(type).length !== 1) throw new TypeError("more than one core value");
  const single = partsOf(type).findIndex((part) => flatten(part).length === 1);
  const part = partsOf(type)[single];
  if (part === undefined) return scalarOf(context, type, value).expression;
  const name = type.kind === "record" ? quote(camelCase(type.fields[single]?.name ?? "")) : `${single}`;
  return lowerFlat(context, part, `${value}[${name}]`);
}

/** Writes the statements that store a value at a checked place. Follows `store` of the Canonical ABI. */
export function storeCode(
  context: LowerContext,
  type: ValueType,
  value: string,
  pointer: string,
  offset: number,
): void {
  const { out, memory } = context;
  const at = offset === 0 ? pointer : `${pointer} + ${offset}`;
  switch (type.kind) {
    case "string":
      out.line(`${memory}.${context.storeString}(${at}, ${value});`);
      return;
    case "list":
      storeList(context, type.element, value, at);
      return;
    case "record":
    case "tuple":
      storeFields(context, type, value, pointer, offset);
      return;
    case "variant":
    case "option":
    case "result":
      storeCases(context, type, value, pointer, offset);
      return;
    case "bool":
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "s64":
    case "u64":
    case "f32":
    case "f64":
    case "char":
    case "enum":
    case "flags":
    case "own":
    case "borrow": {
      const { expression, core } = scalarOf(context, type, value);
      out.line(writeScalar(memory, at, expression, core, layoutOf(type).size));
    }
  }
}

function writeScalar(memory: string, at: string, value: string, core: CoreType, bytes: number): string {
  if (core === "f32") return `${memory}.view.setFloat32(${at}, ${value}, true);`;
  if (core === "f64") return `${memory}.view.setFloat64(${at}, ${value}, true);`;
  if (core === "i64") return `${memory}.view.setBigInt64(${at}, ${value}, true);`;
  if (bytes === 1) return `${memory}.u8[${at}] = ${value};`;
  const method = bytes === 2 ? "setInt16" : "setInt32";
  return `${memory}.view.${method}(${at}, ${value}, true);`;
}

/** What has one core value. */
function scalarOf(
  context: LowerContext,
  type: ValueType,
  value: string,
): { expression: string; core: CoreType } {
  const { out } = context;
  const i32 = (expression: string) => ({ expression, core: "i32" as const });
  switch (type.kind) {
    case "bool":
      return i32(`(${value} ? 1 : 0)`);
    case "u8":
      return i32(`(${value} & 255)`);
    case "s8":
      return i32(`(${value} << 24 >> 24)`);
    case "u16":
      return i32(`(${value} & 65535)`);
    case "s16":
      return i32(`(${value} << 16 >> 16)`);
    case "s32":
    case "u32":
      return i32(`(${value} | 0)`);
    case "s64":
    case "u64":
      return { expression: `BigInt.asIntN(64, BigInt(${value}))`, core: "i64" };
    case "f32":
    case "f64":
      return { expression: `+${value}`, core: type.kind };
    case "char":
      return i32(`${out.constant(lowerChar)}(${value})`);
    case "own":
      return i32(`${context.createHandle(type.resource)}(${value})`);
    case "flags": {
      const bits = type.names.map(
        (name, index) => `(${value}[${quote(camelCase(name))}] ? ${2 ** index} : 0)`,
      );
      return i32(`(${["0", ...bits].join(" | ")})`);
    }
    case "variant":
    case "enum":
    case "option":
    case "result":
      return i32(`${out.constant(caseFinder(type))}(${value})`);
    case "string":
    case "list":
    case "record":
    case "tuple":
    case "borrow":
      throw new TypeError(`a value of type ${type.kind} is not one core value`);
  }
}

/** The number of the case that a value is of. */
function caseFinder(type: CasesType): (value: unknown) => number {
  const numbers = new Map<unknown, number>(caseNames(type).map((name, index) => [name, index]));
  const find = (tag: unknown): number => {
    const number = numbers.get(tag);
    if (number === undefined) throw new TypeError(`${String(tag)} is not a case of the result's type`);
    return number;
  };
  if (type.kind === "enum") return find;
  if (type.kind === "option" && !isTaggedOption(type.type))
    return (value) => (value === undefined || value === null ? 0 : 1);
  return (value) => find((value as { tag?: unknown } | undefined)?.tag);
}

function storeList(context: LowerContext, element: ValueType, value: string, at: string): void {
  const { out, memory } = context;
  const { size, align } = layoutOf(element);
  const length = out.keep(`${value}.length`);
  const items = out.keep(`${memory}.allocate(${length} * ${size}, ${align})`);
  const storeEach = (): void => {
    const index = out.variable();
    out.block(`for (let ${index} = 0; ${index} < ${length}; ${index} += 1)`, () => {
      const item = out.keep(`${value}[${index}]`);
      storeCode(context, element, item, out.keep(`${items} + ${index} * ${size}`), 0);
    });
  };
  const typed = typedArrayOf(element);
  if (typed === undefined) storeEach();
  else {
    out.block(`if (${value} instanceof ${typed.className})`, () => {
      const bytes = `new Uint8Array(${value}.buffer, ${value}.byteOffset, ${value}.byteLength)`;
      out.line(`${memory}.u8.set(${typed.bytes === 1 ? value : bytes}, ${items});`);
    });
    out.block("else", storeEach);
  }
  out.line(`${memory}.storePair(${at}, ${items}, ${length});`);
}

function storeFields(
  context: LowerContext,
  type: ValueType,
  value: string,
  pointer: string,
  offset: number,
): void {
  const { out } = context;
  const parts = partsOf(type);
  const { offsets } = placeFields(parts);
  for (const [index, part] of parts.entries()) {
    const name = type.kind === "record" ? quote(camelCase(type.fields[index]?.name ?? "")) : `${index}`;
    storeCode(context, part, out.keep(`${value}[${name}]`), pointer, offset + (offsets[index] ?? 0));
  }
}

function storeCases(
  context: LowerContext,
  type: CasesType,
  value: string,
  pointer: string,
  offset: number,
): void {
  const { out, memory } = context;
  const payloads = payloadsOf(type);
  const tagged = type.kind !== "option" || isTaggedOption(type.type);
  const number = out.keep(`${out.constant(caseFinder(type))}(${value})`);
  const at = offset === 0 ? pointer : `${pointer} + ${offset}`;
  out.line(writeScalar(memory, at, number, "i32", discriminantSize(payloads)));
  for (const [index, payload] of payloads.entries()) {
    if (payload === undefined) continue;
    out.block(`if (${number} === ${index})`, () => {
      const held = tagged ? out.keep(`${value}.val`) : value;
      storeCode(context, payload, held, pointer, offset + payloadOffset(payloads));
    });
  }
}
