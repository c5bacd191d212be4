import { type ByteReader, hex, malformed, unsupported } from "./byte-reader.js";
import type { Scope } from "./scope.js";

/** The highest code of the canonical functions that only asynchronous components use. */
const lastAsynchronous = 0x42;

/** A canonical function: lifting gives a function of the component its type; the others make core functions. */
export function readCanon(reader: ByteReader, scope: Scope): void {
  const at = reader.offset;
  const code = reader.byte("a canonical function");
  switch (code) {
    case 0x00: {
      reader.expect(0x00, "the sort of a lifted function");
      scope.core("func", reader.u32("the core function that is lifted"), at);
      readOptions(reader, scope);
      const index = reader.u32("the type of a lifted function");
      const type = scope.type(index, at);
      if (type.kind !== "func")
        throw malformed(at, `type ${index} of a lifted function is not a function type`);
      scope.add({ sort: "func", type: type.type });
      return;
    }
    case 0x01:
      reader.expect(0x00, "the sort of a lowered function");
      scope.func(reader.u32("the function that is lowered"), at);
      readOptions(reader, scope);
      scope.addCore("func");
      return;
    case 0x02:
    case 0x03:
    case 0x04: {
      const index = reader.u32("the resource of a canonical function");
      const type = scope.type(index, at);
      if (type.kind !== "resource") throw malformed(at, `type ${index} is not a resource`);
      scope.addCore("func");
      return;
    }
    default:
      if (code <= lastAsynchronous) throw unsupported(at, `the asynchronous canonical function ${hex(code)}`);
      throw malformed(at, `unknown canonical function ${hex(code)}`);
  }
}

function readOptions(reader: ByteReader, scope: Scope): void {
  const seen = new Set<string>();
  const count = reader.count("canonical options");
  for (let index = 0; index < count; index += 1) {
    const at = reader.offset;
    const code = reader.byte("a canonical option");
    const name = optionName(code, at);
    if (seen.has(name)) throw malformed(at, `the canonical option ${name} is given twice`);
    seen.add(name);
    if (name === "memory") scope.core("memory", reader.u32("the memory of a canonical option"), at);
    else if (name !== "string-encoding") {
      scope.core("func", reader.u32("the function of a canonical option"), at);
    }
  }
}

function optionName(code: number, at: number): string {
  if (code <= 0x02) return "string-encoding";
  if (code === 0x03) return "memory";
  if (code === 0x04) return "realloc";
  if (code === 0x05) return "post-return";
  if (code === 0x06 || code === 0x07) throw unsupported(at, "an asynchronous canonical option");
  throw malformed(at, `unknown canonical option ${hex(code)}`);
}
