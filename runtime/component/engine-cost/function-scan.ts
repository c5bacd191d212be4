import { type ByteInput, malformed, refused } from "../meter/byte-input.js";
import {
  form,
  type InstructionTable,
  numericInstructions,
  opcode,
  plainInstructions,
  skipOperands,
  vectorInstructions,
} from "../meter/instruction-set.js";
import { BlockStack } from "./block-stack.js";
import type { ModuleShape, Signature } from "./module-shape.js";
import { branchWork, instructionWork, saturating } from "./work.js";

/** What compiling one function takes, by what it grows with. */
export interface FunctionCost {
  /** Parameters and declared locals. */
  locals: number;
  /** Blocks that are open at once, at most. */
  depth: number;
  loops: number;
  /** Branches that are taken or not: `if`, `br_if` and the like. */
  conditions: number;
  /** Loops that are open at once, at most. */
  loopDepth: number;
  /** Calls through a table or a reference. */
  indirectCalls: number;
  /** Branches that meet at one place, at most. */
  meeting: number;
  /** Everything that costs in proportion, in units of `work.ts`. */
  work: number;
}

function emptyCost(): FunctionCost {
  return {
    locals: 0,
    depth: 0,
    loops: 0,
    conditions: 0,
    loopDepth: 0,
    indirectCalls: 0,
    meeting: 0,
    work: 0,
  };
}

const nothing: Signature = { params: 0, results: 0 };
const oneValue: Signature = { params: 0, results: 1 };

/**
 * Reads the code of a function once, instruction by instruction, and adds up what a compiler does for it. The code need not
 * be valid: what it counts is then too high rather than too low, and validation is the engine's.
 */
export class FunctionScan {
  readonly #shape: ModuleShape;
  readonly #blocks = new BlockStack();
  readonly cost: FunctionCost = emptyCost();
  #height = 0;
  /** Changes of locals so far. */
  #changes = 0;
  /** Number of the table of branches that was read last. */
  #table = 0;

  constructor(shape: ModuleShape) {
    this.#shape = shape;
  }

  /** @param input exactly the body, locals included */
  scan(input: ByteInput, type: Signature): FunctionCost {
    const { cost } = this;
    Object.assign(cost, emptyCost());
    cost.locals = type.params;
    for (let groups = input.u32(); groups > 0; groups -= 1) {
      cost.locals += input.u32();
      input.valueType();
    }
    this.#height = this.#table = this.#changes = 0;
    this.#blocks.depth = 0;
    this.#blocks.open(false, false, 0, 0, type.results);
    this.#readCode(input);
    return cost;
  }

  /** The loop over all instructions. What most of them need is here, in local variables. */
  #readCode(input: ByteInput): void {
    const { forms, deltas } = plainInstructions;
    const { bytes, end } = input;
    let at = input.position;
    let height = 0;
    let work = 0;
    while (at < end) {
      const code = bytes[at++] as number;
      height += deltas[code] as number;
      work += instructionWork[code] as number;
      if (code === opcode.localSet || code === opcode.localTee) this.#changes += 1;
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
          input.position = at;
          this.#height = height;
          this.#readOther(input, code);
          at = input.position;
          height = this.#height;
      }
      if (at > end) throw malformed("has a function that ends too early");
    }
    input.position = at;
    this.cost.work += work;
  }

  #readOther(input: ByteInput, code: number): void {
    switch (plainInstructions.forms[code] as number) {
      case form.control:
        return this.#readControl(input, code);
      case form.special:
        return this.#readSpecial(input, code);
      case form.numeric:
        return this.#readSecond(input, numericInstructions);
      case form.vector:
        return this.#readSecond(input, vectorInstructions);
      default:
        throw refused(`an instruction that it does not know (0x${code.toString(16)})`);
    }
  }

  #readControl(input: ByteInput, code: number): void {
    switch (code) {
      case opcode.block:
        return this.#open(input, 0);
      case opcode.if:
        this.cost.conditions += 1;
        return this.#open(input, branchWork.if);
      case opcode.loop:
        this.#open(input, branchWork.loop, { isLoop: true });
        this.cost.loops += 1;
        return this.#carry(branchWork.carriedByLoop);
      case opcode.try:
        return this.#open(input, branchWork.try, { isTry: true });
      case opcode.tryTable:
        this.#open(input, branchWork.try, { isTry: true });
        for (let clauses = input.u32(); clauses > 0; clauses -= 1) {
          // `catch` and `catch_ref` give the values of their tag; the others have none.
          const values = input.byte() < 2 ? this.#tagAt(input).params : 0;
          this.cost.work += branchWork.catch + values * branchWork.thrown;
          this.#branch(input.u32(), branchWork.sometimes);
        }
        return undefined;
      case opcode.catch:
        return this.#catch(this.#tagAt(input).params);
      case opcode.else:
      case opcode.catchAll:
        return this.#restart(0);
      case opcode.delegate:
        input.skipNumber();
        return this.#close();
      case opcode.end:
        return this.#close();
      case opcode.br:
        this.#branch(input.u32(), branchWork.always);
        return this.#leave();
      case opcode.brIf:
      case opcode.brOnNull:
      case opcode.brOnNonNull:
        this.cost.conditions += 1;
        this.#branch(input.u32(), branchWork.sometimes);
        return undefined;
      case opcode.brTable:
        return this.#branchTable(input);
      case opcode.return:
        this.#branch(this.#blocks.depth - 1, branchWork.always);
        return this.#leave();
      case opcode.throw:
        this.cost.work += this.#tagAt(input).params * branchWork.thrown;
        return this.#throw();
      case opcode.rethrow:
        input.skipNumber();
        return this.#throw();
      case opcode.throwRef:
        return this.#throw();
      case opcode.unreachable:
        return this.#leave();
      default:
        throw malformed(`has an instruction that it does not know (0x${code.toString(16)})`);
    }
  }

  #open(input: ByteInput, work: number, { isLoop = false, isTry = false } = {}): void {
    const { params, results } = this.#readBlockType(input);
    const { cost } = this;
    const blocks = this.#blocks;
    const base = Math.max(this.#height - params, this.#floor());
    this.#height = base + params;
    blocks.open(isLoop, isTry, base, params, results, this.#changes);
    cost.depth = Math.max(cost.depth, blocks.depth);
    cost.loopDepth = Math.max(cost.loopDepth, blocks.loops[blocks.depth - 1] as number);
    cost.work += work + (params + results) * branchWork.passed;
    this.#carry(branchWork.carried);
  }

  /** The other half of a block, or a handler. */
  #restart(values: number): void {
    const block = this.#blocks.depth - 1;
    this.#carry(branchWork.carried);
    this.#height = this.#floor() + values + (this.#blocks.params[block] ?? 0);
  }

  #close(): void {
    const blocks = this.#blocks;
    if (blocks.depth === 0) throw malformed("has code behind the end of a function");
    this.#carry(branchWork.carried);
    blocks.depth -= 1;
    this.#carryChanged(blocks.changes[blocks.depth] as number, blocks.branches[blocks.depth] as number);
    this.#height = (blocks.base[blocks.depth] as number) + (blocks.results[blocks.depth] as number);
  }

  /** To compilers, entries of one table that go to the same place are one branch to it, with many ways into that. */
  #branchTable(input: ByteInput): void {
    const { branches, lastTable } = this.#blocks;
    this.#table += 1;
    for (let left = input.u32(); left >= 0; left -= 1) {
      const target = this.#branch(input.u32(), branchWork.tableEntry);
      this.#carry(branchWork.carriedByEntry - branchWork.carried);
      if (lastTable[target] === this.#table) branches[target] = (branches[target] as number) - 1;
      lastTable[target] = this.#table;
    }
    this.#leave();
  }

  /** @returns the number of the block that the label is of */
  #branch(label: number, work: number): number {
    const { depth, loops, branches } = this.#blocks;
    const target = depth - 1 - label;
    if (target < 0) throw malformed("has a branch to nowhere");
    const meeting = (branches[target] as number) + 1;
    branches[target] = meeting;
    if (meeting > this.cost.meeting) this.cost.meeting = meeting;
    const left = (loops[depth - 1] as number) - (loops[target] as number);
    this.cost.work += work;
    const isBack = (this.#blocks.isLoop[target] as number) === 1;
    const here = isBack
      ? branchWork.carriedBack + Math.floor(meeting / branchWork.backsThatCostOneMore)
      : branchWork.carried;
    this.#carry(here + left * branchWork.carried);
    return target;
  }

  #tagAt(input: ByteInput): Signature {
    return this.#shape.typeAt(this.#shape.tags[input.u32()]);
  }

  #catch(values: number): void {
    this.cost.work += branchWork.catch + values * branchWork.thrown;
    this.#restart(values);
  }

  #throw(): void {
    this.cost.work += branchWork.throw;
    this.#carry(branchWork.carried);
    this.#leave();
  }

  /** A local that has changed since can have another value on each of the ways that come together. */
  #carryChanged(changesBefore: number, ways: number): void {
    this.cost.work += Math.min(this.cost.locals, this.#changes - changesBefore) * ways * branchWork.changed;
  }

  #carry(work: number): void {
    this.cost.work += (this.cost.locals + Math.max(this.#height, 0)) * work;
  }

  /** Code up to the end of the block is never reached. */
  #leave(): void {
    this.#height = this.#floor();
  }

  #floor(): number {
    const { base, depth } = this.#blocks;
    return depth === 0 ? 0 : (base[depth - 1] as number);
  }

  #readSpecial(input: ByteInput, code: number): void {
    const { functions } = this.#shape;
    switch (code) {
      case opcode.call:
        return this.#call(this.#shape.typeAt(functions[input.u32()]), 0);
      case opcode.returnCall:
        this.#call(this.#shape.typeAt(functions[input.u32()]), 0);
        return this.#leave();
      case opcode.callIndirect:
      case opcode.returnCallIndirect: {
        const type = this.#shape.typeAt(input.u32());
        input.skipNumber();
        this.#call(type, 1);
        return code === opcode.returnCallIndirect ? this.#leave() : undefined;
      }
      case opcode.callRef:
        return this.#call(this.#shape.typeAt(input.u32()), 1);
      case opcode.returnCallRef:
        this.#call(this.#shape.typeAt(input.u32()), 1);
        return this.#leave();
      case opcode.selectTyped:
        for (let left = input.u32(); left > 0; left -= 1) input.valueType();
        return undefined;
      case opcode.refNull:
        return input.heapType();
      default:
        // globals, and memory.grow
        return input.skipNumber();
    }
  }

  /** In a block that catches, every call is a branch to the handler. */
  #call({ params, results }: Signature, operands: number): void {
    const { depth, tries } = this.#blocks;
    this.#height = Math.max(this.#height - params - operands, this.#floor()) + results;
    this.cost.work += (params + results) * branchWork.passed;
    if (operands > 0) {
      this.cost.indirectCalls += 1;
      this.cost.work += branchWork.indirectCall;
    }
    if (depth === 0 || (tries[depth - 1] as number) === 0) return;
    this.cost.work += branchWork.caughtCall;
    this.#carry(branchWork.carriedToHandler);
    this.#carryChanged(0, 1);
  }

  #readSecond(input: ByteInput, table: InstructionTable): void {
    const code = input.u32();
    const shape = table.forms[code] ?? form.unknown;
    if (shape === form.unknown)
      throw refused(`an instruction that it does not know (second byte 0x${code.toString(16)})`);
    if (table === numericInstructions && code <= saturating.lastCode) this.cost.work += saturating.work;
    this.#height += table.deltas[code] as number;
    skipOperands(input, shape);
  }

  #readBlockType(input: ByteInput): Signature {
    const code = input.peek();
    if ((code & 0xc0) !== 0x40) return this.#shape.typeAt(input.u32());
    if (code === 0x40) {
      input.skip(1);
      return nothing;
    }
    input.valueType();
    return oneValue;
  }
}
