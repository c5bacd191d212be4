import type { Random } from "../random.js";
import type { CodeBuffer } from "./code-buffer.js";
import { cost } from "./costs.js";
import { f32, f64, i32, i64, type Numeric, s64, u32 } from "./encode.js";
import type { FunctionScope, Surroundings } from "./surroundings.js";

/** The first of the conversions that never trap, which have a prefix before their code. */
const saturating = 0xfc00;

/** Instructions that take operands and give one result. Those that show how a NaN is represented are left out. */
const pure: Readonly<Record<Numeric, readonly (readonly [code: number, ...operands: Numeric[]])[]>> = {
  [i32]: [
    ...range(0x67, 0x69, i32),
    ...[0x45, 0xc0, 0xc1].map((code) => [code, i32] as const),
    ...range(0x46, 0x4f, i32, i32),
    ...range(0x6a, 0x78, i32, i32),
    [0x50, i64],
    [0xa7, i64],
    ...range(0x51, 0x5a, i64, i64),
    ...range(0x5b, 0x60, f32, f32),
    ...range(0x61, 0x66, f64, f64),
    ...range(saturating, saturating + 1, f32),
    ...range(saturating + 2, saturating + 3, f64),
    [0xa8, f32],
  ],
  [i64]: [
    ...range(0x79, 0x7b, i64),
    ...range(0xc2, 0xc4, i64),
    ...range(0x7c, 0x8a, i64, i64),
    ...range(0xac, 0xad, i32),
    ...range(saturating + 4, saturating + 5, f32),
    ...range(saturating + 6, saturating + 7, f64),
    [0xb1, f64],
  ],
  [f32]: [
    ...range(0x8b, 0x91, f32),
    ...range(0x92, 0x97, f32, f32),
    ...range(0xb2, 0xb3, i32),
    ...range(0xb4, 0xb5, i64),
    [0xb6, f64],
    [0xbe, i32],
  ],
  [f64]: [
    ...range(0x99, 0x9f, f64),
    ...range(0xa0, 0xa5, f64, f64),
    ...range(0xb7, 0xb8, i32),
    ...range(0xb9, 0xba, i64),
    [0xbb, f32],
    [0xbf, i64],
  ],
};

function range(first: number, last: number, ...operands: Numeric[]): (readonly [number, ...Numeric[]])[] {
  return Array.from({ length: last - first + 1 }, (_, offset) => [first + offset, ...operands] as const);
}

const divisions: ReadonlySet<number> = new Set([0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82]);
/** Operations on two vectors of integers. */
const vectorPairs = [
  0x23, 0x2c, 0x37, 0x4e, 0x50, 0x51, 0x6e, 0x71, 0x78, 0x8e, 0x95, 0xae, 0xb5, 0xba, 0xce, 0xd5,
];
const loads: Readonly<Record<Numeric, readonly number[]>> = {
  [i32]: [0x28, 0x2c, 0x2d, 0x2e, 0x2f],
  [i64]: [0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35],
  [f32]: [0x2a],
  [f64]: [0x2b],
};

/** Writes code that leaves a value of a wanted type. */
export class RandomValues {
  readonly #random: Random;
  readonly #around: Surroundings;
  readonly #scope: FunctionScope;
  readonly #code: CodeBuffer;

  constructor(random: Random, around: Surroundings, scope: FunctionScope, code: CodeBuffer) {
    this.#random = random;
    this.#around = around;
    this.#scope = scope;
    this.#code = code;
  }

  address(depth: number): void {
    this.value(i32, depth - 1);
    this.#code.emit(1, 0x41, ...s64(0x3fffn));
    this.#code.emit(1, 0x71);
  }

  length(mask: bigint, depth: number): void {
    this.value(i32, depth - 1);
    this.#code.emit(1, 0x41, ...s64(mask));
    this.#code.emit(1, 0x71);
  }

  values(types: readonly Numeric[], depth: number): void {
    for (const type of types) this.value(type, depth);
  }

  value(type: Numeric, depth: number): void {
    const random = this.#random;
    if (depth <= 0 || random.below(4) === 0) return this.#leaf(type);
    const kind = random.below(12);
    if (kind < 6) {
      const [code, ...operands] = random.pick(pure[type]);
      this.values(operands, depth - 1);
      if (code >= saturating) return this.#code.emit(1, 0xfc, code - saturating);
      if (divisions.has(code) && random.below(12) !== 0) this.#avoidZero(type);
      this.#code.emit(divisions.has(code) ? cost.division : 1, code);
    } else if (kind < 7) {
      this.address(depth);
      this.#code.emit(1, random.pick(loads[type]), 0, ...u32(random.below(64)));
    } else if (kind < 8) {
      this.values([type, type, i32], depth - 1);
      if (random.below(2) === 0) this.#code.emit(1, 0x1b);
      else this.#code.emit(1, 0x1c, 1, type);
    } else if (kind < 9) {
      this.value(i32, depth - 1);
      this.#code.emit(1, 0x04, type);
      this.inLabel([type], false, () => this.value(type, depth - 1));
      this.#code.emit(0, 0x05);
      this.inLabel([type], false, () => this.value(type, depth - 1));
      this.#code.emit(0, 0x0b);
    } else if (kind < 10) {
      this.#code.emit(0, 0x02, type);
      this.inLabel([type], false, () => {
        this.value(type, depth - 1);
        this.value(i32, depth - 1);
        this.#code.emit(1, 0x0d, 0);
        this.#code.emit(1, 0x1a);
        this.value(type, depth - 1);
      });
      this.#code.emit(0, 0x0b);
    } else if (type === i32 && kind < 11) {
      this.#ofVector(depth);
    } else {
      this.value(type, depth - 1);
      this.#code.emit(1, 0x22, ...u32(this.#scope.locals.lastIndexOf(type)));
    }
  }

  #avoidZero(type: Numeric): void {
    this.#code.emit(1, type === i32 ? 0x41 : 0x42, 1);
    this.#code.emit(1, type === i32 ? 0x72 : 0x84);
  }

  #ofVector(depth: number): void {
    const random = this.#random;
    if (random.below(3) === 0)
      return this.#code.emit(
        1,
        ...random.pick([
          [0x3f, 0],
          [0xfc, 0x10, 0],
        ]),
      );
    this.vector(depth - 1);
    if (random.below(2) === 0) this.#code.emit(1, 0xfd, ...u32(random.pick([0x53, 0x63, 0x64, 0xa4])));
    else this.#code.emit(1, 0xfd, 0x1b, random.below(4));
  }

  vector(depth: number): void {
    const random = this.#random;
    if (depth <= 0) {
      const lanes = Array.from({ length: 16 }, () => random.below(256));
      return this.#code.emit(1, 0xfd, 0x0c, ...lanes);
    }
    const kind = random.below(5);
    if (kind === 0) {
      this.value(i32, depth - 1);
      this.#code.emit(1, 0xfd, random.pick([0x0f, 0x10, 0x11]));
    } else if (kind === 1) {
      this.address(depth);
      this.#code.emit(1, 0xfd, random.pick([0x00, 0x01, 0x07, 0x5c]), 0, random.below(64));
    } else if (kind === 2) {
      this.vector(depth - 1);
      this.vector(depth - 1);
      this.#code.emit(1, 0xfd, 0x0d, ...Array.from({ length: 16 }, () => random.below(32)));
    } else if (kind === 3) {
      this.address(depth);
      this.vector(depth - 1);
      this.#code.emit(1, 0xfd, 0x56, 0, 4, random.below(4));
    } else {
      this.vector(depth - 1);
      this.vector(depth - 1);
      this.#code.emit(1, 0xfd, ...u32(random.pick(vectorPairs)));
    }
  }

  #leaf(type: Numeric): void {
    const random = this.#random;
    if (random.below(3) === 0) return this.constant(type);
    if (random.below(4) === 0) return this.#code.emit(1, 0x23, ...u32(this.#around.globals.free[type]));
    const locals = this.#scope.locals.flatMap((of, index) =>
      of === type && index !== this.#scope.scratch ? [index] : [],
    );
    return this.#code.emit(1, 0x20, ...u32(random.pick(locals)));
  }

  constant(type: Numeric): void {
    const random = this.#random;
    const small = BigInt(random.below(64)) - 32n;
    if (type === i32 || type === i64) {
      const value = random.below(4) === 0 ? BigInt.asIntN(32, BigInt(random.below(0x7fff_ffff)) * 5n) : small;
      return this.#code.emit(1, type === i32 ? 0x41 : 0x42, ...s64(value));
    }
    const bytes = Buffer.alloc(type === f32 ? 4 : 8);
    if (type === f32) bytes.writeFloatLE(Number(small) / 4);
    else bytes.writeDoubleLE(Number(small) * 1.5);
    return this.#code.emit(1, type === f32 ? 0x43 : 0x44, ...bytes);
  }

  /** Inside of a block that branches may go to. */
  inLabel(types: readonly Numeric[], isLoop: boolean, act: () => void): void {
    this.#scope.labels.push({ types, isLoop });
    act();
    this.#scope.labels.pop();
  }
}
