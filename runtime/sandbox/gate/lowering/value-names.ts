import type { ValueType } from "../../../component/wit-types.js";
import type { CasesType } from "./canonical-layout.js";

/** Element kinds whose lists are typed arrays in JavaScript, with the array's class and the bytes of an element. */
const typedArrays = {
  u8: ["Uint8Array", 1],
  s8: ["Int8Array", 1],
  u16: ["Uint16Array", 2],
  s16: ["Int16Array", 2],
  u32: ["Uint32Array", 4],
  s32: ["Int32Array", 4],
  u64: ["BigUint64Array", 8],
  s64: ["BigInt64Array", 8],
  f32: ["Float32Array", 4],
  f64: ["Float64Array", 8],
} as const;

/** The class of a list's JavaScript value; undefined where that is a plain array. */
export function typedArrayOf(
  element: ValueType,
): { readonly className: string; readonly bytes: number } | undefined {
  const found = (typedArrays as Readonly<Record<string, readonly [string, number]>>)[element.kind];
  return found === undefined ? undefined : { className: found[0], bytes: found[1] };
}

/** The names of the cases, in order. */
export function caseNames(type: CasesType): readonly string[] {
  switch (type.kind) {
    case "variant":
      return type.cases.map((item) => item.name);
    case "enum":
      return type.cases;
    case "option":
      return ["none", "some"];
    case "result":
      return ["ok", "err"];
  }
}
