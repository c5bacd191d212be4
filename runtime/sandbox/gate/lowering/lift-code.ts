import { camelCase, isTaggedOption } from "../../../component/in-worker.js";
import type { ResourceType, ValueType } from "../../../component/wit-types.js";
import {
  type CasesType,
  type CoreType,
  discriminantSize,
  flatten,
  joinPayloads,
  layoutOf,
  partsOf,
  payloadOffset,
  type Payloads,
  payloadsOf,
  placeFields,
} from "./canonical-layout.js";
import { type CodeWriter, property, quote } from "./code-writer.js";
import { f32OfBits, f64OfBits, liftChar } from "./guest-memory.js";
import { caseNames, typedArrayOf } from "./value-names.js";

/** Core values in the order in which they are passed; each can be taken once. */
export interface FlatValues {
  /** An expression of that core type. */
  take(core: CoreType): string;
}

/** What lifting needs besides the type. */
export interface LiftContext {
  readonly out: CodeWriter;
  /** Name of the {@link GuestMemory}. */
  readonly memory: string;
  readonly liftString: "liftUtf8" | "liftUtf16" | "liftLatin1OrUtf16";
  /** Name of a function that turns a handle into what stands for it. */
  liftHandle(kind: "own" | "borrow", resource: ResourceType): string;
}

/** Where a value is read from: passed, or in checked memory. */
type Place = { readonly flat: FlatValues } | { readonly pointer: string; readonly offset: number };

/**
 * Writes the statements that lift one value, and returns an expression of it that is good for one use.
 * Follows `lift_flat` and `load` of the Canonical ABI.
 */
export function liftCode(context: LiftContext, type: ValueType, place: Place): string {
  const { out, memory } = context;
  const scalar = (core: CoreType, bytes: 1 | 2 | 4 | 8): string => readScalar(memory, place, core, bytes);
  switch (type.kind) {
    case "bool":
      return out.keep(`${scalar("i32", 1)} !== 0`);
    case "u8":
      return out.keep(`${scalar("i32", 1)} & 255`);
    case "s8":
      return out.keep(`${scalar("i32", 1)} << 24 >> 24`);
    case "u16":
      return out.keep(`${scalar("i32", 2)} & 65535`);
    case "s16":
      return out.keep(`${scalar("i32", 2)} << 16 >> 16`);
    case "s32":
      return out.keep(`${scalar("i32", 4)} | 0`);
    case "u32":
      return out.keep(`${scalar("i32", 4)} >>> 0`);
    case "s64":
      return out.keep(scalar("i64", 8));
    case "u64":
      return out.keep(`BigInt.asUintN(64, ${scalar("i64", 8)})`);
    case "f32":
      return out.keep(scalar("f32", 4));
    case "f64":
      return out.keep(scalar("f64", 8));
    case "char":
      return out.keep(`${out.constant(liftChar)}(${scalar("i32", 4)} >>> 0)`);
    case "own":
    case "borrow":
      return out.keep(`${context.liftHandle(type.kind, type.resource)}(${scalar("i32", 4)} >>> 0)`);
    case "flags":
      return liftFlags(context, type.names, place);
    case "string": {
      const { pointer, length } = readPair(context, place);
      return out.keep(`${memory}.${context.liftString}(${pointer}, ${length})`);
    }
    case "list":
      return liftList(context, type.element, place);
    case "record":
    case "tuple":
      return liftFields(context, type, place);
    case "variant":
    case "enum":
    case "option":
    case "result":
      return liftCases(context, type, place);
  }
}

function readScalar(memory: string, place: Place, core: CoreType, bytes: 1 | 2 | 4 | 8): string {
  if ("flat" in place) return place.flat.take(core);
  const at = place.offset === 0 ? place.pointer : `${place.pointer} + ${place.offset}`;
  if (core === "f32") return `${memory}.view.getFloat32(${at}, true)`;
  if (core === "f64") return `${memory}.view.getFloat64(${at}, true)`;
  if (core === "i64") return `${memory}.view.getBigInt64(${at}, true)`;
  if (bytes === 1) return `${memory}.u8[${at}]`;
  return bytes === 2 ? `${memory}.view.getUint16(${at}, true)` : `${memory}.view.getInt32(${at}, true)`;
}

function readPair({ out, memory }: LiftContext, place: Place): { pointer: string; length: string } {
  const pointer = out.keep(`${readScalar(memory, place, "i32", 4)} >>> 0`);
  const second = "flat" in place ? place : { ...place, offset: place.offset + 4 };
  return { pointer, length: out.keep(`${readScalar(memory, second, "i32", 4)} >>> 0`) };
}

function liftFlags({ out, memory }: LiftContext, names: readonly string[], place: Place): string {
  const bits = out.keep(readScalar(memory, place, "i32", names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4));
  const fields = names.map((name, index) => property(camelCase(name), `(${bits} >>> ${index} & 1) === 1`));
  return out.keep(`{ ${fields.join(", ")} }`);
}

function liftList(context: LiftContext, element: ValueType, place: Place): string {
  const { out, memory } = context;
  const { pointer, length } = readPair(context, place);
  const typed = typedArrayOf(element);
  if (typed !== undefined) {
    out.line(`${memory}.checkNumbers(${pointer}, ${length}, ${typed.bytes});`);
    return out.keep(`new ${typed.className}(${memory}.copy(${pointer}, ${length} * ${typed.bytes}))`);
  }
  const { size, align } = layoutOf(element);
  out.line(`${memory}.checkItems(${pointer}, ${length}, ${size}, ${align});`);
  const items = out.keep("[]");
  const index = out.variable();
  out.block(`for (let ${index} = 0; ${index} < ${length}; ${index} += 1)`, () => {
    const item = out.keep(`${pointer} + ${index} * ${size}`);
    out.line(`${items}.push(${liftCode(context, element, { pointer: item, offset: 0 })});`);
  });
  return items;
}

function liftFields(context: LiftContext, type: ValueType, place: Place): string {
  const parts = partsOf(type);
  const { offsets } = placeFields(parts);
  const values = parts.map((part, index) => {
    const at = "flat" in place ? place : { ...place, offset: place.offset + (offsets[index] ?? 0) };
    return liftCode(context, part, at);
  });
  if (type.kind !== "record") return context.out.keep(`[${values.join(", ")}]`);
  const fields = type.fields.map(({ name }, index) => property(camelCase(name), values[index] ?? ""));
  return context.out.keep(`{ ${fields.join(", ")} }`);
}

function liftCases(context: LiftContext, type: CasesType, place: Place): string {
  const { out, memory } = context;
  const names = caseNames(type);
  const payloads = payloadsOf(type);
  const discriminant = out.keep(`${readScalar(memory, place, "i32", discriminantSize(payloads))} >>> 0`);
  const payloadOf = placePayloads(out, payloads, place);
  const value = out.variable();
  out.line(`let ${value};`);
  out.block(`switch (${discriminant})`, () => {
    for (const [index, payload] of payloads.entries()) {
      out.block(`case ${index}:`, () => {
        const lifted = payload === undefined ? undefined : liftCode(context, payload, payloadOf(index));
        out.line(`${value} = ${caseValue(type, names[index] ?? "", lifted)};`);
        out.line("break;");
      });
    }
    out.line(`default: throw new RangeError("a variant has no such case");`);
  });
  return value;
}

/** The JavaScript value of a case, as jco's mapping has it. */
function caseValue(type: CasesType, name: string, payload: string | undefined): string {
  if (type.kind === "enum") return quote(name);
  if (type.kind === "option" && !isTaggedOption(type.type)) return payload ?? "undefined";
  if (payload !== undefined) return `{ tag: ${quote(name)}, val: ${payload} }`;
  return type.kind === "result" ? `{ tag: ${quote(name)}, val: undefined }` : `{ tag: ${quote(name)} }`;
}

/** Where the payload of each case is. Passed values share slots, which are all taken, whichever case it is. */
function placePayloads(out: CodeWriter, payloads: Payloads, place: Place): (index: number) => Place {
  if (!("flat" in place)) {
    const offset = place.offset + payloadOffset(payloads);
    return () => ({ pointer: place.pointer, offset });
  }
  const slots = joinPayloads(payloads).map((core) => ({ core, name: out.keep(place.flat.take(core)) }));
  return (index) => {
    const wanted = flatten(payloads[index]);
    let next = 0;
    return {
      flat: {
        take(core) {
          const slot = slots[next];
          if (slot === undefined || wanted[next] !== core)
            throw new TypeError("the slots do not fit the type");
          next += 1;
          return coerce(out, slot.name, slot.core, core);
        },
      },
    };
  };
}

/** Out of a slot that is shared with other types, as `CoerceValueIter` of the Canonical ABI has it. */
function coerce(out: CodeWriter, value: string, have: CoreType, want: CoreType): string {
  if (have === want) return value;
  const narrow = have === "i64" ? `Number(BigInt.asIntN(32, ${value}))` : value;
  if (want === "i32") return narrow;
  if (want === "f32") return `${out.constant(f32OfBits)}(${narrow})`;
  return `${out.constant(f64OfBits)}(${value})`;
}
