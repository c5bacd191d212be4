import type { ByteOutput } from "./byte-output.js";
import { frameDepth, type LengthCost, lengthCosts } from "./costs.js";
import { depthUnit, fuelUnit, mostDepth } from "./counter.js";
import { action, type FunctionPlan, lengthKind } from "./function-plan.js";
import { opcode } from "./instruction-set.js";
import type { FunctionType, ModuleIndex } from "./module-index.js";

const noResult = 0x40;
const i32 = 0x7f;
const i64 = 0x7e;

/** `i64.const 0; i64.lt_s` */
const isNegative = [opcode.i64Const, 0, opcode.i64LessSigned];
/** `i64.const 0x8000000000008000; i64.and; i64.const 0; i64.ne`: the fuel or the depth is used up. */
const usedUpMask = [0x80, 0x80, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
const isUsedUp = [opcode.i64Const, ...usedUpMask, opcode.i64And, opcode.i64Const, 0, opcode.i64NotEqual];
/** `i64.const 0xffff; i64.and` */
const onlyDepth = [opcode.i64Const, 0xff, 0xff, 0x03, opcode.i64And];
/** `i64.const ~0xffff; i64.and` */
const onlyFuel = [opcode.i64Const, 0x80, 0x80, 0x7c, opcode.i64And];

/** More than any action adds, and than the entry or the end of a function takes. */
const bytesOfAction = 96;
/** How much more an access to the global costs than a subtraction, roughly. */
const globalAccess = 2;

/**
 * Writes a function with what its plan adds.
 *
 * There are two ways to count. A function that charges often keeps the counter in a local, and syncs it with the global
 * around calls and at its end. Another one changes the global at each charge; so does one that catches exceptions, which
 * leave deeper frames where nothing could be synced. What is counted is the same.
 *
 * A frame takes its depth at entry and gives it back at the one end that the function has: where code leaves early, the
 * body stands in a block, to whose end all ways lead. Where an exception is caught, the depth is set to that of this frame.
 */
export class FunctionWriter {
  readonly #out: ByteOutput;
  readonly #plan: FunctionPlan;
  readonly #counter: number;
  #isCached = false;
  #isWrapped = false;
  /** Units of depth that the frame takes. */
  #depth = 0;
  /** Locals that are added: the counter, a length, and how much depth is left below this frame. */
  #counterLocal = 0;
  #lengthLocal = 0;
  #depthLocal = 0;

  constructor(out: ByteOutput, plan: FunctionPlan, index: ModuleIndex) {
    this.#out = out;
    this.#plan = plan;
    this.#counter = index.importedGlobals;
  }

  /** Writes the body that lies from `start` to `end` of `bytes`, for which the plan was made. */
  write(bytes: Uint8Array, start: number, end: number, type: FunctionType): void {
    const out = this.#out;
    const plan = this.#plan;
    this.#decide();
    out.reserve(end - start + (plan.count + 2) * bytesOfAction);
    const length = out.openLength();
    this.#writeLocals(bytes, start);
    this.#enter();
    if (this.#isWrapped) {
      out.byte(opcode.block);
      out.bytes(type.blockType);
    }
    let from = plan.codeStart;
    for (let index = 1; index < plan.count; index += 1) {
      const position = plan.position(index);
      out.copy(bytes, from, position);
      from = position + this.#act(index, bytes);
    }
    out.copy(bytes, from, end - 1);
    if (this.#isWrapped) out.byte(opcode.end);
    if (plan.reachesEnd) this.#exit();
    out.byte(opcode.end);
    out.closeLength(length);
  }

  #decide(): void {
    const plan = this.#plan;
    const units = frameDepth(plan.frameValues);
    this.#depth = plan.calls || units > 1 ? Math.min(units, mostDepth + 1) : 0;
    const direct = plan.chargeWeight * (1 + 2 * globalAccess);
    const cached = plan.chargeWeight + (1 + plan.syncWeight) * 2 * globalAccess;
    this.#isCached = !plan.catches && cached < direct;
    this.#isWrapped = plan.leavesEarly && (this.#isCached || this.#depth > 0);
  }

  #writeLocals(bytes: Uint8Array, start: number): void {
    const out = this.#out;
    const plan = this.#plan;
    out.u32(plan.localGroups + 2);
    out.copy(bytes, start + lengthOfNumber(bytes, start), plan.codeStart);
    out.bytes([2, i64, plan.chargesByLength ? 1 : 0, i32]);
    this.#counterLocal = plan.locals;
    this.#depthLocal = plan.locals + 1;
    this.#lengthLocal = plan.locals + 2;
  }

  /** The first charge, and with it the depth that this frame takes. */
  #enter(): void {
    const out = this.#out;
    const plan = this.#plan;
    const taken = plan.value(0) * fuelUnit + this.#depth * depthUnit;
    if (taken === 0 && !this.#isCached) return;
    this.#global(opcode.globalGet);
    this.#constant(taken);
    out.byte(opcode.i64Subtract);
    this.#store(this.#depth > 0 ? isUsedUp : undefined);
    if (this.#restoresDepth()) {
      this.#global(opcode.globalGet);
      out.bytes(onlyDepth);
      this.#local(opcode.localSet, this.#depthLocal);
    }
  }

  /** The end of the frame: its depth is given back, and the global is the valid counter. */
  #exit(): void {
    if (this.#restoresDepth()) this.#restoreDepth();
    if (!this.#isCached && this.#depth === 0) return;
    this.#loadCounter();
    if (this.#depth > 0) {
      this.#constant(this.#depth * depthUnit);
      this.#out.byte(opcode.i64Add);
    }
    this.#global(opcode.globalSet);
  }

  /** @returns how many bytes of the body it stands for */
  #act(index: number, bytes: Uint8Array): number {
    const out = this.#out;
    const plan = this.#plan;
    const value = plan.value(index);
    switch (plan.kind(index)) {
      case action.charge:
        if (value > 0) this.#charge(value);
        return 0;
      case action.loop:
        if (this.#restoresDepth()) this.#restoreDepth();
        this.#charge(value, isNegative);
        return 0;
      case action.flush:
        if (this.#isCached) this.#flush();
        return 0;
      case action.reload:
        if (!this.#isCached) return 0;
        this.#global(opcode.globalGet);
        this.#local(opcode.localSet, this.#counterLocal);
        return 0;
      case action.global:
        out.u32(value);
        return lengthOfNumber(bytes, plan.position(index));
      case action.length:
        this.#chargeByLength(value);
        return 0;
      case action.leave:
        if (!this.#isWrapped) return 0;
        out.byte(opcode.br);
        out.u32(value);
        return 1;
      case action.tail:
        this.#exit();
        return 0;
      case action.caught:
        if (this.#restoresDepth()) this.#restoreDepth();
        return 0;
      default:
        throw new TypeError(`unknown action ${plan.kind(index)}`);
    }
  }

  #charge(cost: number, test?: readonly number[]): void {
    this.#loadCounter();
    this.#constant(cost * fuelUnit);
    this.#out.byte(opcode.i64Subtract);
    this.#store(test);
  }

  /** The length is on top of the stack, and stays there. */
  #chargeByLength(kind: number): void {
    const out = this.#out;
    const { per, units } = costOfLength(kind);
    this.#local(opcode.localTee, this.#lengthLocal);
    this.#loadCounter();
    this.#local(opcode.localGet, this.#lengthLocal);
    out.byte(opcode.i64ExtendUnsigned);
    if (per > 1) {
      this.#constant(Math.log2(per));
      out.byte(opcode.i64ShiftRight);
    }
    this.#constant(units * fuelUnit);
    out.byte(opcode.i64Multiply);
    out.byte(opcode.i64Subtract);
    this.#store(isNegative);
  }

  #loadCounter(): void {
    if (this.#isCached) this.#local(opcode.localGet, this.#counterLocal);
    else this.#global(opcode.globalGet);
  }

  /** Stores what is on top of the stack as the counter, and traps if it then passes the test. */
  #store(test?: readonly number[]): void {
    const out = this.#out;
    if (test === undefined) {
      if (this.#isCached) this.#local(opcode.localSet, this.#counterLocal);
      else this.#global(opcode.globalSet);
      return;
    }
    this.#local(opcode.localTee, this.#counterLocal);
    if (!this.#isCached) {
      this.#global(opcode.globalSet);
      this.#local(opcode.localGet, this.#counterLocal);
    }
    out.bytes(test);
    out.bytes([opcode.if, noResult]);
    // Whoever is told of the trap must be able to see what it was for.
    if (this.#isCached) this.#flush();
    out.bytes([opcode.unreachable, opcode.end]);
  }

  #flush(): void {
    this.#local(opcode.localGet, this.#counterLocal);
    this.#global(opcode.globalSet);
  }

  #restoresDepth(): boolean {
    return this.#plan.catches && this.#depth > 0;
  }

  /** An exception may have left frames that could not give back their depth. */
  #restoreDepth(): void {
    this.#global(opcode.globalGet);
    this.#out.bytes(onlyFuel);
    this.#local(opcode.localGet, this.#depthLocal);
    this.#out.byte(opcode.i64Or);
    this.#global(opcode.globalSet);
  }

  #global(code: number): void {
    this.#out.byte(code);
    this.#out.u32(this.#counter);
  }

  #local(code: number, index: number): void {
    this.#out.byte(code);
    this.#out.u32(index);
  }

  #constant(value: number): void {
    this.#out.byte(opcode.i64Const);
    this.#out.positive(value);
  }
}

function costOfLength(kind: number): LengthCost {
  if (kind === lengthKind.memoryBytes) return lengthCosts.memoryBytes;
  return kind === lengthKind.memoryPages ? lengthCosts.memoryPages : lengthCosts.tableElements;
}

/** How many bytes a number takes where it stands, which may be more than it needs. */
function lengthOfNumber(bytes: Uint8Array, at: number): number {
  let end = at;
  while ((bytes[end] as number) >= 0x80) end += 1;
  return end + 1 - at;
}
