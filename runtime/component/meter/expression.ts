import { type ByteInput, malformed, refused } from "./byte-input.js";
import type { ByteOutput } from "./byte-output.js";

/**
 * Copies a constant expression (the initial value of a global, the offset of a segment), `end` included. It may read
 * globals, whose numbers change.
 */
export function copyExpression(input: ByteInput, out: ByteOutput, importedGlobals: number): void {
  for (;;) {
    const start = input.position;
    const opcode = input.byte();
    switch (opcode) {
      case 0x0b: // end
        out.byte(opcode);
        return;
      case 0x23: {
        const global = input.u32();
        out.byte(opcode);
        out.u32(global < importedGlobals ? global : global + 1);
        continue;
      }
      case 0x41: // i32.const
      case 0x42: // i64.const
      case 0xd2: // ref.func
        input.skipNumber();
        break;
      case 0xd0: // ref.null
        input.heapType();
        break;
      case 0x43: // f32.const
        input.skip(4);
        break;
      case 0x44: // f64.const
        input.skip(8);
        break;
      case 0x6a: // addition, subtraction and multiplication of integers
      case 0x6b:
      case 0x6c:
      case 0x7c:
      case 0x7d:
      case 0x7e:
        break;
      case 0xfd:
        if (input.u32() !== 0x0c) throw malformed("has an expression that is not constant");
        input.skip(16);
        break;
      case 0xfb:
        throw refused("garbage-collected objects");
      default:
        throw malformed(`has an expression that is not constant (0x${opcode.toString(16)})`);
    }
    out.copy(input.bytes, start, input.position);
  }
}
