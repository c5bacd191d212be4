import { WrunError } from "../../errors/index.js";
import type { ValueType } from "../wit-types.js";
import { camelCase } from "./script-names.js";

/*
 * Values that come back from a guest were lifted by generated code and have the shapes of their types. Still each is
 * looked at before it is used: printing must not be what fails, or calls a function that a value carries.
 */

export interface Tagged {
  readonly tag: string;
  readonly val: unknown;
}

export function taggedOf(type: ValueType, value: unknown): Tagged {
  const tag = ownProperty(value, "tag");
  if (typeof tag !== "string") throw misfit(type);
  return { tag, val: ownProperty(value, "val") };
}

/** A field of a record or a flag, by its WIT name. */
export function fieldOf(value: unknown, name: string): unknown {
  return ownProperty(value, camelCase(name));
}

/** A list or tuple; generated code lifts lists of numbers to typed arrays. */
export function itemsOf(type: ValueType, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<unknown>);
  }
  throw misfit(type);
}

export function misfit(type: ValueType): WrunError {
  return new WrunError("WAVE_VALUE", { type: type.kind });
}

function ownProperty(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
