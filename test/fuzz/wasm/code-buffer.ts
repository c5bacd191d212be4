import { cost } from "./costs.js";
import { s64, u32 } from "./encode.js";

/** Code as it is written; where it counts, with code in between that adds up what each instruction costs. */
export class CodeBuffer {
  readonly bytes: number[] = [];
  readonly #spent: number;
  readonly #scratch: number;
  readonly #counts: boolean;

  /**
   * @param spent the global that it adds up in
   * @param scratch a local of 32 bits that nothing else uses
   */
  constructor(spent: number, scratch: number, counts: boolean) {
    this.#spent = spent;
    this.#scratch = scratch;
    this.#counts = counts;
  }

  emit(price: number, ...bytes: readonly number[]): void {
    const spent = u32(this.#spent);
    if (this.#counts && price > cost.label)
      this.bytes.push(0x23, ...spent, 0x42, ...s64(BigInt(price)), 0x7c, 0x24, ...spent);
    for (const byte of bytes) this.bytes.push(byte);
  }

  /** Adds the price of the length on top of the stack, which stays there. */
  countLength({ shift, units }: { readonly shift: number; readonly units: number }): void {
    if (!this.#counts) return;
    const scratch = u32(this.#scratch);
    const spent = u32(this.#spent);
    this.bytes.push(
      0x22,
      ...scratch,
      0x20,
      ...scratch,
      0xad,
      0x42,
      shift,
      0x88,
      0x42,
      ...s64(BigInt(units)),
      0x7e,
    );
    this.bytes.push(0x23, ...spent, 0x7c, 0x24, ...spent);
  }
}
