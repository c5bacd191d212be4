import { WrunError } from "../errors/index.js";
import { CborWriter } from "./cbor-writer.js";
import { encodeWtf8, hasLoneSurrogate } from "./wtf8.js";

/** CBOR tag 273 (registered): a string in WTF-8, used only for strings with lone surrogates. */
export const wtf8Tag = 273;
/** A tag of ours, from the first-come range: a resource's handle number. */
const handleTag = 0x77720001;

/** RFC 8746 tags of little-endian typed arrays. `Uint8Array` is a plain byte string. */
const typedArrayTags: Readonly<Record<string, number>> = {
  Uint8ClampedArray: 68,
  Uint16Array: 69,
  Uint32Array: 70,
  BigUint64Array: 71,
  Int8Array: 72,
  Int16Array: 77,
  Int32Array: 78,
  BigInt64Array: 79,
  Float32Array: 85,
  Float64Array: 86,
};

/** The number of a host resource object; undefined for anything that is not one. */
export type HandleOf = (value: object) => number | undefined;

/**
 * Writes a JavaScript value of jco's mapping in a form that is the same for equal values and different for
 * different ones of one WIT type. Throws `LINEAGE_VALUE_UNSUPPORTED` for what no WIT value maps to.
 */
export function encodeValue(out: CborWriter, value: unknown, handleOf: HandleOf): void {
  switch (typeof value) {
    case "string":
      return encodeText(out, value);
    case "boolean":
    case "undefined":
      return out.simple(value);
    case "bigint":
      return out.integer(value);
    case "number":
      return encodeNumber(out, value);
    case "object":
      return value === null ? out.simple(null) : encodeObject(out, value, handleOf);
    case "function":
    case "symbol":
      throw unsupported(`a ${typeof value} is not a value`);
  }
}

/** Writes a JSON value: what facts are made of. Throws `LINEAGE_VALUE_UNSUPPORTED` for anything else. */
export function encodeJson(out: CborWriter, value: unknown): void {
  if (value === null || typeof value === "boolean") return out.simple(value);
  if (typeof value === "string") return encodeText(out, value);
  if (typeof value === "number" && Number.isFinite(value)) return encodeNumber(out, value);
  if (Array.isArray(value)) return encodeArray(out, value, encodeJson);
  if (typeof value === "object" && isPlain(value)) return encodeRecord(out, value, encodeJson);
  throw unsupported("a fact is not JSON");
}

function encodeObject(out: CborWriter, value: object, handleOf: HandleOf): void {
  const handle = handleOf(value);
  if (handle !== undefined) {
    out.tag(handleTag);
    return out.unsigned(handle);
  }
  const encodeItem = (to: CborWriter, item: unknown): void => encodeValue(to, item, handleOf);
  if (Array.isArray(value)) return encodeArray(out, value, encodeItem);
  if (value instanceof Uint8Array) return out.bytes(value);
  if (ArrayBuffer.isView(value)) return encodeTypedArray(out, value);
  if (isPlain(value)) return encodeRecord(out, value, encodeItem);
  throw unsupported("an object is neither data nor a resource that has a handle");
}

type EncodeItem = (out: CborWriter, item: unknown) => void;

function encodeArray(out: CborWriter, items: readonly unknown[], encodeItem: EncodeItem): void {
  out.array(items.length);
  for (const item of items) encodeItem(out, item);
}

function encodeRecord(out: CborWriter, record: object, encodeItem: EncodeItem): void {
  // Own keys only, and an own key hides an inherited one: `__proto__` is a key like any other here.
  const own = record as Readonly<Record<string, unknown>>;
  const keys = Object.keys(own).sort(compareKeys);
  out.map(keys.length);
  for (const key of keys) {
    encodeText(out, key);
    encodeItem(out, own[key]);
  }
}

function encodeText(out: CborWriter, text: string): void {
  if (isAscii(text) || !hasLoneSurrogate(text)) return out.text(text);
  out.tag(wtf8Tag);
  out.bytes(encodeWtf8(text));
}

function encodeNumber(out: CborWriter, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) out.integer(value);
  else out.float(value);
}

function encodeTypedArray(out: CborWriter, view: ArrayBufferView): void {
  const tag = typedArrayTags[view.constructor.name];
  if (tag === undefined) throw unsupported(`a ${view.constructor.name} is not a list`);
  out.tag(tag);
  out.bytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

/** The order of the encoded keys, byte by byte. For ASCII, where the head orders by length, this is the same. */
function compareKeys(left: string, right: string): number {
  if (isAscii(left) && isAscii(right)) {
    if (left.length !== right.length) return left.length - right.length;
    return left < right ? -1 : 1;
  }
  return Buffer.compare(encodedKey(left), encodedKey(right));
}

function encodedKey(key: string): Uint8Array {
  const out = new CborWriter();
  encodeText(out, key);
  return out.finish();
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text, "utf8") === text.length;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function unsupported(reason: string): WrunError {
  return new WrunError("LINEAGE_VALUE_UNSUPPORTED", { reason });
}
