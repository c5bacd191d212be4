import type { Random } from "../random.js";
import type { CodeBuffer } from "./code-buffer.js";
import { byLength, cost } from "./costs.js";
import { i32, i64, type Numeric, s64, u32 } from "./encode.js";
import type { RandomValues } from "./random-values.js";
import { type FunctionScope, signatureOf, type Surroundings } from "./surroundings.js";

/** Writes code that changes something: a local, a global, memory, a table, or whatever a function that it calls does. */
export class RandomEffects {
  readonly #random: Random;
  readonly #around: Surroundings;
  readonly #scope: FunctionScope;
  readonly #values: RandomValues;
  readonly #code: CodeBuffer;

  constructor(
    random: Random,
    around: Surroundings,
    scope: FunctionScope,
    values: RandomValues,
    code: CodeBuffer,
  ) {
    this.#random = random;
    this.#around = around;
    this.#scope = scope;
    this.#values = values;
    this.#code = code;
  }

  assign(depth: number): void {
    const local = this.#random.pick(
      [...this.#scope.locals.keys()].filter((index) => index !== this.#scope.scratch),
    );
    const type = this.#scope.locals[local] ?? i32;
    if (this.#random.below(3) === 0) {
      this.#values.value(type, depth - 1);
      this.#code.emit(1, 0x24, ...u32(this.#around.globals.free[type]));
    } else {
      this.#values.value(type, depth - 1);
      this.#code.emit(1, 0x21, ...u32(local));
      if (this.#random.below(8) === 0) this.#code.emit(0, 0x01);
    }
  }

  store(depth: number): void {
    this.#values.address(depth);
    if (this.#random.below(6) === 0) {
      this.#values.vector(depth - 1);
      this.#code.emit(1, 0xfd, 0x0b, 0, 8);
      return;
    }
    const type = this.#random.pick([i32, i64] as const);
    this.#values.value(type, depth - 1);
    this.#code.emit(1, this.#random.pick(type === i32 ? [0x36, 0x3a, 0x3b] : [0x37, 0x3c, 0x3d, 0x3e]), 0, 4);
  }

  call(callee: number, depth: number): void {
    const { params, results } = signatureOf(this.#around, this.#around.functions[callee] ?? 0);
    this.#values.values(params, depth - 1);
    this.#code.emit(cost.call, 0x10, ...u32(callee));
    this.takeAway(results);
  }

  callIndirect(depth: number): void {
    const { functions } = this.#around;
    // Mostly one that stands in the table with this type, unless a statement has put another one there.
    const entry = this.#random.below(functions.length);
    const type = functions[entry] ?? 0;
    const { params, results } = signatureOf(this.#around, type);
    this.#values.values(params, depth - 1);
    if (this.#random.below(20) === 0) this.#values.value(i32, depth - 1);
    else this.#code.emit(1, 0x41, ...s64(BigInt(entry)));
    this.#code.emit(cost.indirectCall, 0x11, ...u32(type), 0);
    this.takeAway(results);
  }

  takeAway(results: readonly Numeric[]): void {
    for (const type of [...results].reverse()) {
      const local = this.#scope.locals.lastIndexOf(type);
      if (this.#random.below(2) === 0) this.#code.emit(1, 0x1a);
      else this.#code.emit(1, 0x21, ...u32(local));
    }
  }

  memoryRange(depth: number): void {
    const random = this.#random;
    if (random.below(4) === 0) {
      this.#values.length(1n, depth);
      this.#code.countLength(byLength.pages);
      this.#code.emit(cost.memoryGrow, 0x40, 0);
      this.#code.emit(1, 0x1a);
      return;
    }
    this.#values.address(depth);
    const kind = random.below(4);
    if (kind < 2) {
      this.#values.value(i32, depth - 1);
      this.#values.length(0xffn, depth);
      this.#code.countLength(byLength.bytes);
      this.#code.emit(cost.bulk, 0xfc, 0x0b, 0);
    } else if (kind === 2) {
      this.#values.address(depth);
      this.#values.length(0xffn, depth);
      this.#code.countLength(byLength.bytes);
      this.#code.emit(cost.bulk, 0xfc, 0x0a, 0, 0);
    } else {
      this.#values.length(7n, depth);
      this.#values.length(7n, depth);
      this.#code.countLength(byLength.bytes);
      this.#code.emit(cost.bulk, 0xfc, 0x08, 1, 0);
    }
  }

  tableRange(depth: number): void {
    const { functions } = this.#around;
    const random = this.#random;
    const kind = random.below(5);
    if (kind === 0) {
      this.#code.emit(cost.reference, 0xd2, ...u32(random.below(functions.length)));
      this.#values.length(1n, depth);
      this.#code.countLength(byLength.elements);
      this.#code.emit(cost.tableGrow, 0xfc, 0x0f, 0);
      this.#code.emit(1, 0x1a);
      return;
    }
    this.#values.length(3n, depth);
    if (kind === 1) {
      this.#code.emit(cost.reference, 0xd2, ...u32(random.below(functions.length)));
      this.#code.emit(cost.reference, 0x26, 0);
      return;
    }
    if (kind === 2) this.#code.emit(cost.reference, 0xd2, ...u32(random.below(functions.length)));
    else this.#values.length(1n, depth);
    this.#values.length(1n, depth);
    this.#code.countLength(byLength.elements);
    this.#code.emit(cost.bulk, 0xfc, ...(kind === 2 ? [0x11, 0] : kind === 3 ? [0x0e, 0, 0] : [0x0c, 1, 0]));
  }
}
