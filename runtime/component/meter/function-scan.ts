import { ByteInput, malformed, refused } from "./byte-input.js";
import { ControlFlow } from "./control-flow.js";
import { action, type FunctionPlan, lengthKind } from "./function-plan.js";
import {
  form,
  type InstructionTable,
  numericInstructions,
  opcode,
  plainInstructions,
  skipOperands,
  vectorInstructions,
} from "./instruction-set.js";
import type { FunctionType, ModuleIndex } from "./module-index.js";

const vectorType = 0x7b;
const noValues = { params: 0, results: 0 } as const;
const oneValue = { params: 0, results: 1 } as const;

/** Reads a function's code once, instruction by instruction, and plans what metering adds to it. */
export class FunctionScan {
  readonly #index: ModuleIndex;
  readonly #plan: FunctionPlan;
  readonly #flow: ControlFlow;
  #input = new ByteInput(new Uint8Array(0));
  #hasVectors = false;

  constructor(index: ModuleIndex, plan: FunctionPlan) {
    this.#index = index;
    this.#plan = plan;
    this.#flow = new ControlFlow(plan);
  }

  /** Fills the plan for the body that lies from `start` to `end`, locals included. */
  scan(bytes: Uint8Array, start: number, end: number, type: FunctionType): void {
    const plan = this.#plan;
    plan.reset();
    this.#input = new ByteInput(bytes, start, end);
    this.#hasVectors = false;
    this.#readLocals(type.params);
    this.#flow.begin(type.results, plan.codeStart);
    const operands = this.#readCode();
    if (this.#input.position !== end) throw malformed("has code behind the end of a function");
    plan.frameValues = (plan.locals + operands) * (this.#hasVectors ? 2 : 1);
  }

  #readLocals(params: number): void {
    const input = this.#input;
    const plan = this.#plan;
    plan.localGroups = input.u32();
    plan.locals = params;
    for (let group = 0; group < plan.localGroups; group += 1) {
      plan.locals += input.u32();
      this.#readValueType();
    }
    plan.codeStart = input.position;
  }

  /**
   * The loop over all instructions. What most of them need is here, in local variables.
   * @returns how many operands there are on the stack at most
   */
  #readCode(): number {
    const { forms, deltas, costs } = plainInstructions;
    const { bytes, end } = this.#input;
    const flow = this.#flow;
    let at = this.#input.position;
    let { height, cost } = flow;
    let highest = 0;
    while (flow.isOpen) {
      const start = at;
      const code = bytes[at++] as number;
      cost += costs[code] as number;
      height += deltas[code] as number;
      switch (forms[code] as number) {
        case form.number:
          while ((bytes[at++] as number) >= 0x80);
          break;
        case form.nothing:
          break;
        case form.memory:
          if (((bytes[at] as number) & 0x40) !== 0) while ((bytes[at++] as number) >= 0x80);
          while ((bytes[at++] as number) >= 0x80);
          while ((bytes[at++] as number) >= 0x80);
          break;
        case form.fourBytes:
          at += 4;
          break;
        case form.eightBytes:
          at += 8;
          break;
        default:
          this.#input.position = at;
          flow.height = height;
          flow.cost = cost;
          this.#readOther(code, start);
          at = this.#input.position;
          height = flow.height;
          cost = flow.cost;
      }
      if (height > highest) highest = height;
      if (at > end) throw malformed("has a function that ends too early");
    }
    this.#input.position = at;
    return highest;
  }

  #readOther(code: number, start: number): void {
    switch (plainInstructions.forms[code] as number) {
      case form.control:
        return this.#readControl(code, start);
      case form.special:
        return this.#readSpecial(code, start);
      case form.numeric:
        return this.#readNumeric(start);
      case form.vector:
        return this.#readVector();
      default:
        throw refused(unknownInstruction(code));
    }
  }

  #readControl(code: number, start: number): void {
    const input = this.#input;
    const flow = this.#flow;
    switch (code) {
      case opcode.block:
      case opcode.loop:
      case opcode.if:
      case opcode.try: {
        const { params, results } = this.#readBlockType();
        return flow.open(code, params, results, start, input.position);
      }
      case opcode.tryTable: {
        const { params, results } = this.#readBlockType();
        flow.open(code, params, results, start, input.position);
        return this.#readCatches();
      }
      case opcode.else:
        return flow.else(start, input.position);
      case opcode.catch: {
        const { params } = this.#typeAt(this.#index.tags[input.u32()]);
        return flow.handler(params, input.position);
      }
      case opcode.catchAll:
        return flow.handler(0, input.position);
      case opcode.end:
        return flow.close(start, input.position);
      case opcode.delegate:
        input.skipNumber();
        return flow.close(start, input.position);
      case opcode.br:
        flow.beforeBranch(start);
        flow.branch(input.u32());
        return flow.leave();
      case opcode.brIf:
      case opcode.brOnNull:
      case opcode.brOnNonNull:
        flow.beforeBranch(start);
        flow.branch(input.u32());
        return flow.fallThrough(input.position);
      case opcode.brTable:
        flow.beforeBranch(start);
        for (let left = input.u32(); left >= 0; left -= 1) flow.branch(input.u32());
        return flow.leave();
      case opcode.return:
        return flow.return(start);
      case opcode.unreachable:
        return flow.trap(start);
      case opcode.throw:
      case opcode.rethrow:
        input.skipNumber();
        return flow.throw(start);
      case opcode.throwRef:
        return flow.throw(start);
      default:
        throw malformed(`has ${unknownInstruction(code)}`);
    }
  }

  /** The clauses of a `try_table`. */
  #readCatches(): void {
    const input = this.#input;
    for (let left = input.u32(); left > 0; left -= 1) {
      const kind = input.byte();
      if (kind > 3) throw malformed(`has a catch clause of an unknown kind (0x${kind.toString(16)})`);
      if (kind < 2) input.skipNumber();
      this.#flow.catchAt(input.u32());
    }
  }

  #readSpecial(code: number, start: number): void {
    const input = this.#input;
    switch (code) {
      case opcode.call:
        return this.#call(start, this.#typeAt(this.#index.functions[input.u32()]), 0);
      case opcode.callIndirect: {
        const type = this.#typeAt(input.u32());
        input.skipNumber();
        return this.#call(start, type, 1);
      }
      case opcode.callRef:
        return this.#call(start, this.#typeAt(input.u32()), 1);
      case opcode.returnCallIndirect:
        input.skipNumber();
        input.skipNumber();
        return this.#flow.tailCall(start);
      case opcode.returnCall:
      case opcode.returnCallRef:
        input.skipNumber();
        return this.#flow.tailCall(start);
      case opcode.selectTyped:
        for (let left = input.u32(); left > 0; left -= 1) this.#readValueType();
        return undefined;
      case opcode.refNull:
        return input.heapType();
      case opcode.globalGet:
      case opcode.globalSet: {
        const at = input.position;
        const global = input.u32();
        if (global >= this.#index.importedGlobals) this.#plan.add(action.global, at, global + 1);
        return undefined;
      }
      case opcode.memoryGrow:
        input.skipNumber();
        return this.#flow.chargeByLength(start, lengthKind.memoryPages);
      default:
        throw malformed(`has ${unknownInstruction(code)}`);
    }
  }

  #call(start: number, { params, results }: FunctionType, operands: number): void {
    this.#flow.height += results - params - operands;
    this.#flow.call(start);
  }

  #readNumeric(start: number): void {
    const code = this.#input.u32();
    const shape = this.#readSecond(numericInstructions, code, 0xfc);
    skipOperands(this.#input, shape);
    if (code === 0x08 || code === 0x0a || code === 0x0b)
      this.#flow.chargeByLength(start, lengthKind.memoryBytes);
    else if (code === 0x0c || code === 0x0e || code === 0x0f || code === 0x11)
      this.#flow.chargeByLength(start, lengthKind.tableElements);
  }

  #readVector(): void {
    const input = this.#input;
    this.#hasVectors = true;
    const code = input.u32();
    const shape = this.#readSecond(vectorInstructions, code, 0xfd);
    skipOperands(input, shape);
  }

  #readSecond(table: InstructionTable, code: number, prefix: number): number {
    const shape = table.forms[code] ?? form.unknown;
    if (shape === form.unknown) throw refused(unknownInstruction(prefix, code));
    this.#flow.height += table.deltas[code] as number;
    this.#flow.cost += table.costs[code] as number;
    return shape;
  }

  #typeAt(index: number | undefined): FunctionType {
    const type = index === undefined ? undefined : this.#index.types[index];
    if (type === undefined) throw malformed("refers to a type that it does not have");
    return type;
  }

  #readBlockType(): { readonly params: number; readonly results: number } {
    const code = this.#input.peek();
    // A single byte with the second highest bit set is a negative number: no type's index, but no value, or one.
    if ((code & 0xc0) !== 0x40) return this.#typeAt(this.#input.u32());
    if (code === 0x40) {
      this.#input.skip(1);
      return noValues;
    }
    this.#readValueType();
    return oneValue;
  }

  #readValueType(): void {
    if (this.#input.valueType() === vectorType) this.#hasVectors = true;
  }
}

function unknownInstruction(code: number, second?: number): string {
  if (code === 0xfb || code === 0xd3) return "garbage-collected objects";
  if (code === 0xfe) return "atomic instructions of threads";
  if (code === 0xfd && second !== undefined && second >= 0x100) return "relaxed vector instructions";
  const rest = second === undefined ? "" : ` 0x${second.toString(16)}`;
  return `an instruction that it does not know (0x${code.toString(16)}${rest})`;
}
