import { WrunError } from "../../errors/index.js";

/**
 * Reads a core module front to back. The engine has validated it before, so that numbers are well formed; that nothing is
 * read outside of a section is checked all the same.
 */
export class ByteInput {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    const value = this.bytes[this.position];
    if (value === undefined || this.position >= this.end) throw malformed("ends too early");
    this.position += 1;
    return value;
  }

  peek(): number {
    const value = this.byte();
    this.position -= 1;
    return value;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let result = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
    throw malformed("has a number of more than 32 bits");
  }

  /** Steps over a LEB128 number of any width. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  skip(length: number): void {
    if (length > this.end - this.position) throw malformed("ends too early");
    this.position += length;
  }

  /** A reader of the next `length` bytes, which this one steps over. */
  slice(length: number): ByteInput {
    const start = this.position;
    this.skip(length);
    return new ByteInput(this.bytes, start, this.position);
  }

  /** The bytes of a name, which is kept as it is. */
  name(): Uint8Array {
    const length = this.u32();
    const start = this.position;
    this.skip(length);
    return this.bytes.subarray(start, this.position);
  }

  /**
   * Steps over a value type: a number, a vector, or a reference to a function, an exception or something of the host.
   * @returns its first byte
   * @throws WrunError `CORE_FEATURE_REFUSED` for references to garbage-collected objects
   */
  valueType(): number {
    const code = this.byte();
    if ((code >= 0x7b && code <= 0x7f) || plainTypes.has(code)) return code;
    if (code !== reference && code !== nullableReference) throw refused(unknownType(code));
    this.heapType();
    return code;
  }

  /** Steps over what a reference refers to: a function type by its number, or one of the types that have a name. */
  heapType(): void {
    const code = this.peek();
    // A single byte with the second highest bit set is a negative number, and so not that of a type.
    if ((code & 0xc0) === 0x40 && !plainTypes.has(code)) throw refused(unknownType(code));
    this.skipNumber();
  }
}

const reference = 0x64;
const nullableReference = 0x63;
/** i32, i64, f32, f64, v128, funcref, externref, exnref, and the null types of the last three. */
const plainTypes: ReadonlySet<number> = new Set([
  0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69, 0x73, 0x72, 0x74,
]);

function unknownType(code: number): string {
  const isCollected = code >= 0x6a && code <= 0x71;
  return isCollected ? "garbage-collected types" : `a type that it does not know (0x${code.toString(16)})`;
}

export function malformed(reason: string): WrunError {
  return new WrunError("CORE_MODULE_MALFORMED", { reason });
}

export function refused(feature: string): WrunError {
  return new WrunError("CORE_FEATURE_REFUSED", { feature });
}
