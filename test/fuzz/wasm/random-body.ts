import type { Random } from "../random.js";
import { CodeBuffer } from "./code-buffer.js";
import { cost } from "./costs.js";
import { f32, f64, i32, i64, type Numeric, type Signature, u32 } from "./encode.js";
import { RandomEffects } from "./random-effects.js";
import { RandomValues } from "./random-values.js";
import { type FunctionScope, signatureOf, type Surroundings } from "./surroundings.js";

const empty = 0x40;

/** Writes the body of one random function: well typed, and sure to end. */
export class RandomBody {
  readonly #random: Random;
  readonly #around: Surroundings;
  readonly #scope: FunctionScope;
  readonly #code: CodeBuffer;
  readonly #values: RandomValues;
  readonly #effects: RandomEffects;
  #statements = 0;

  /** @param counts whether the code adds up what it spends as it goes */
  constructor(random: Random, around: Surroundings, signature: Signature, counts: boolean) {
    const scratch = signature.params.length;
    const numeric: readonly Numeric[] = [i32, i64, f32, f64];
    this.#random = random;
    this.#around = around;
    this.#scope = {
      signature,
      locals: [...signature.params, i32, ...numeric, ...numeric],
      scratch,
      labels: [],
    };
    this.#code = new CodeBuffer(around.globals.spent, scratch, counts);
    this.#values = new RandomValues(random, around, this.#scope, this.#code);
    this.#effects = new RandomEffects(random, around, this.#scope, this.#values, this.#code);
  }

  /** The body as it stands in the code section, its length before it. */
  write(): number[] {
    const { params, results } = this.#scope.signature;
    const added = this.#scope.locals.slice(params.length);
    this.#scope.labels.push({ types: results, isLoop: false });
    this.#endWhenBudgetIsUsedUp(results);
    this.#block(2 + this.#random.below(5), 4);
    if (results.length > 0 || this.#random.below(2) === 0) this.#values.values(results, 3);
    this.#code.emit(cost.label, 0x0b);
    const locals = [...u32(added.length), ...added.flatMap((type) => [1, type])];
    const body = [...locals, ...this.#code.bytes];
    return [...u32(body.length), ...body];
  }

  #endWhenBudgetIsUsedUp(results: readonly Numeric[]): void {
    const budget = u32(this.#around.globals.budget);
    this.#code.emit(1, 0x23, ...budget);
    this.#code.emit(1, 0x41, 0);
    this.#code.emit(1, 0x4c);
    this.#code.emit(1, 0x04, empty);
    for (const type of results) this.#values.constant(type);
    this.#code.emit(1, 0x0f);
    this.#code.emit(0, 0x0b);
    this.#code.emit(1, 0x23, ...budget);
    this.#code.emit(1, 0x41, 1);
    this.#code.emit(1, 0x6b);
    this.#code.emit(1, 0x24, ...budget);
  }

  /** Some statements; code behind one that leaves is never reached, and sometimes there. */
  #block(statements: number, depth: number): void {
    for (let left = statements; left > 0; left -= 1) {
      if (!this.#statement(depth)) continue;
      if (this.#random.below(2) === 0) this.#deadCode();
      return;
    }
  }

  /** @returns whether nothing behind it is reached */
  #statement(depth: number): boolean {
    this.#statements += 1;
    const random = this.#random;
    if (depth <= 0 || this.#statements > 60) {
      this.#effects.assign(1);
      return false;
    }
    const kind = random.below(24);
    if (kind < 5) this.#effects.assign(depth);
    else if (kind < 7) this.#effects.store(depth);
    else if (kind < 9) this.#ifElse(depth);
    else if (kind < 11) this.#plainBlock(depth);
    else if (kind < 14) this.#loop(depth);
    else if (kind < 15) this.#branchIf(depth);
    else if (kind < 16) this.#effects.call(random.below(this.#around.functions.length), depth);
    else if (kind < 17) this.#effects.callIndirect(depth);
    else if (kind < 18) this.#effects.memoryRange(depth);
    else if (kind < 19) this.#effects.tableRange(depth);
    else if (kind < 20) this.#typedBlock(depth);
    else if (kind < 21) this.#handler(depth);
    else if (kind < 22) this.#switch(depth);
    else return random.below(3) === 0 && this.#leave(depth);
    return false;
  }

  #ifElse(depth: number): void {
    this.#values.value(i32, depth - 1);
    this.#code.emit(1, 0x04, empty);
    this.#values.inLabel([], false, () => this.#block(1 + this.#random.below(3), depth - 1));
    if (this.#random.below(2) === 0) {
      this.#code.emit(0, 0x05);
      this.#values.inLabel([], false, () => this.#block(1 + this.#random.below(3), depth - 1));
    }
    this.#code.emit(0, 0x0b);
  }

  #plainBlock(depth: number): void {
    this.#code.emit(0, 0x02, empty);
    this.#values.inLabel([], false, () => this.#block(1 + this.#random.below(4), depth - 1));
    this.#code.emit(0, 0x0b);
  }

  #loop(depth: number): void {
    this.#code.emit(0, 0x03, empty);
    this.#values.inLabel([], true, () => {
      const budget = u32(this.#around.globals.budget);
      this.#block(1 + this.#random.below(3), depth - 1);
      this.#code.emit(1, 0x23, ...budget);
      this.#code.emit(1, 0x41, 1);
      this.#code.emit(1, 0x6b);
      this.#code.emit(1, 0x24, ...budget);
      this.#code.emit(1, 0x23, ...budget);
      this.#code.emit(1, 0x41, 0);
      this.#code.emit(1, 0x4a);
      this.#values.value(i32, 1);
      this.#code.emit(1, 0x71);
      this.#code.emit(1, 0x0d, 0);
    });
    this.#code.emit(0, 0x0b);
  }

  /** A label that code may branch to: forward ones, since loops go back only at their end. */
  #forwardLabel(): number | undefined {
    const candidates = this.#scope.labels.flatMap(({ isLoop }, index) => (isLoop ? [] : [index]));
    return candidates.length === 0 ? undefined : this.#random.pick(candidates);
  }

  #branchIf(depth: number): void {
    const index = this.#forwardLabel();
    if (index === undefined) return;
    const types = this.#scope.labels[index]?.types ?? [];
    this.#values.values(types, depth - 1);
    this.#values.value(i32, depth - 1);
    this.#code.emit(1, 0x0d, ...u32(this.#scope.labels.length - 1 - index));
    for (const _ of types) this.#code.emit(1, 0x1a);
  }

  #switch(depth: number): void {
    const arms = 2 + this.#random.below(3);
    for (let arm = 0; arm < arms; arm += 1) {
      this.#code.emit(0, 0x02, empty);
      this.#scope.labels.push({ types: [], isLoop: false });
    }
    this.#values.value(i32, depth - 1);
    const targets = Array.from({ length: arms }, (_, arm) => arm);
    this.#code.emit(1, 0x0e, ...u32(arms - 1), ...targets.flatMap(u32));
    for (let arm = 0; arm < arms; arm += 1) {
      this.#scope.labels.pop();
      this.#code.emit(0, 0x0b);
      this.#block(1, depth - 2);
      if (arm < arms - 1 && this.#random.below(2) === 0) this.#code.emit(1, 0x0c, ...u32(arms - 2 - arm));
    }
  }

  /** A block of one of the module's own types, with parameters and any number of results. */
  #typedBlock(depth: number): void {
    const type = this.#random.below(this.#around.signatures.length);
    const { params, results } = signatureOf(this.#around, type);
    this.#values.values(params, depth - 1);
    this.#code.emit(0, 0x02, ...u32(type));
    this.#values.inLabel(results, false, () => {
      this.#effects.takeAway(params);
      this.#block(this.#random.below(3), depth - 1);
      this.#values.values(results, depth - 1);
    });
    this.#code.emit(0, 0x0b);
    this.#effects.takeAway(results);
  }

  #handler(depth: number): void {
    const { legacyExceptions, exceptions } = this.#around.features;
    if (exceptions && (!legacyExceptions || this.#random.below(2) === 0)) this.#tryTable(depth);
    else if (legacyExceptions) this.#legacyTry(depth);
    else this.#effects.assign(depth);
  }

  #tryTable(depth: number): void {
    const kind = this.#random.below(3);
    const keepsReference = kind === 1;
    const label = keepsReference ? u32(this.#around.caughtType) : [kind === 0 ? i32 : empty];
    this.#code.emit(0, 0x02, ...label);
    // The label is not offered to branches: with a reference to an exception among its types, nothing could go there.
    this.#scope.labels.push({ types: [], isLoop: true });
    this.#code.emit(0, 0x1f, empty, 1, kind, ...(kind === 2 ? [] : [0]), 0);
    this.#values.inLabel([], false, () => this.#throwing(depth));
    this.#code.emit(0, 0x0b);
    if (kind < 2) this.#values.constant(i32);
    if (keepsReference) this.#code.emit(1, 0xd0, 0x69);
    this.#scope.labels.pop();
    this.#code.emit(0, 0x0b);
    if (keepsReference) this.#code.emit(1, 0x1a);
    if (kind < 2) this.#effects.takeAway([i32]);
  }

  #legacyTry(depth: number): void {
    const random = this.#random;
    this.#code.emit(0, 0x06, empty);
    this.#values.inLabel([], false, () => this.#throwing(depth));
    if (random.below(4) === 0) {
      this.#code.emit(0, 0x18, 0);
      return;
    }
    if (random.below(2) === 0) {
      this.#code.emit(0, 0x07, 0);
      this.#values.inLabel([], false, () => {
        this.#effects.takeAway([i32]);
        this.#block(1, depth - 1);
      });
    }
    this.#code.emit(0, 0x19);
    this.#values.inLabel([], false, () => {
      this.#block(1, depth - 1);
      if (random.below(4) === 0) {
        this.#noteThrow();
        this.#code.emit(cost.throw, 0x09, 0);
      }
    });
    this.#code.emit(0, 0x0b);
  }

  #throwing(depth: number): void {
    this.#block(1 + this.#random.below(2), depth - 1);
    if (this.#random.below(2) === 0) return;
    this.#values.value(i32, depth - 1);
    this.#code.emit(1, 0x04, empty);
    this.#values.inLabel([], false, () => {
      this.#values.value(i32, 1);
      this.#noteThrow();
      this.#code.emit(cost.throw, 0x08, 0);
    });
    this.#code.emit(0, 0x0b);
  }

  #noteThrow(): void {
    const thrown = u32(this.#around.globals.thrown);
    this.#code.emit(1, 0x23, ...thrown);
    this.#code.emit(1, 0x41, 1);
    this.#code.emit(1, 0x6a);
    this.#code.emit(1, 0x24, ...thrown);
  }

  /** @returns true: nothing behind it is reached */
  #leave(depth: number): boolean {
    const random = this.#random;
    const { functions, features } = this.#around;
    const kind = random.below(8);
    if (kind === 0) this.#code.emit(1, 0x00);
    else if (kind === 1) {
      this.#values.value(i32, depth - 1);
      this.#noteThrow();
      if (features.legacyExceptions || features.exceptions) this.#code.emit(cost.throw, 0x08, 0);
      else this.#code.emit(1, 0x00);
    } else if (kind < 4) {
      const index = this.#forwardLabel() ?? 0;
      this.#values.values(this.#scope.labels[index]?.types ?? [], depth - 1);
      this.#code.emit(1, 0x0c, ...u32(this.#scope.labels.length - 1 - index));
    } else if (kind < 6 && features.tailCalls) {
      const same = functions.flatMap((type, callee) =>
        String(signatureOf(this.#around, type).results) === String(this.#scope.signature.results)
          ? [callee]
          : [],
      );
      const callee = random.pick(same);
      this.#values.values(signatureOf(this.#around, functions[callee] ?? 0).params, depth - 1);
      this.#code.emit(cost.call, 0x12, ...u32(callee));
    } else {
      this.#values.values(this.#scope.signature.results, depth - 1);
      this.#code.emit(1, 0x0f);
    }
    return true;
  }

  /** Never reached and never paid for; whatever stands on the stack there is made up by the validation. */
  #deadCode(): void {
    const { free } = this.#around.globals;
    const pieces = [
      [0x6a, 0x1a],
      [0x23, ...u32(free[i64]), 0x24, ...u32(free[i64])],
      [0xfc, 0x0b, 0],
      [0x40, 0, 0x1a],
      [0x02, empty, 0x0c, 0, 0x0b],
      [0x03, empty, 0x0b],
      [0x04, empty, 0x05, 0x0b],
    ];
    for (let left = this.#random.below(3); left >= 0; left -= 1)
      this.#code.bytes.push(...this.#random.pick(pieces));
    this.#code.bytes.push(0x00);
  }
}
