import { ByteInput } from "./meter/byte-input.js";
import { ByteOutput } from "./meter/byte-output.js";
import { section } from "./meter/sections.js";

/**
 * Pages of 64 KiB that each memory of the toolchain may have: 1.5 GiB. It takes four times the size of a component, which
 * is 256 MiB at most.
 */
export const mostToolchainPages = 24_576;

/**
 * Gives every memory of the modules that this thread compiles from now on a maximum. The toolchain's own have none, so that
 * a component that made it hold more and more would be stopped by the machine's memory first. At the bound the toolchain
 * fails, and that is the end of its thread alone.
 *
 * Called in the toolchain's thread, before it compiles its WebAssembly. No guest's code is compiled there.
 */
export function boundToolchain(): void {
  const { compile } = WebAssembly;
  Object.assign(WebAssembly, { compile: (bytes: Uint8Array) => compile(withMaximum(bytes)) });
}

function withMaximum(bytes: Uint8Array): Uint8Array {
  const input = new ByteInput(bytes);
  input.skip(8);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  while (!input.done) {
    const start = input.position;
    const id = input.byte();
    const content = input.slice(input.u32());
    parts.push(id === section.memory ? cappedMemories(content) : bytes.subarray(start, input.position));
  }
  return Buffer.concat(parts);
}

function cappedMemories(input: ByteInput): Uint8Array {
  const out = new ByteOutput(32 + 2 * (input.end - input.position));
  out.byte(section.memory);
  const length = out.openLength();
  const count = input.u32();
  out.reserve(16 * count);
  out.u32(count);
  for (let left = count; left > 0; left -= 1) {
    const hasMaximum = input.byte() === 1;
    const min = input.u32();
    out.byte(1);
    out.u32(min);
    out.u32(Math.min(hasMaximum ? input.u32() : mostToolchainPages, mostToolchainPages));
  }
  out.closeLength(length);
  return out.toBytes();
}
