import { malformed } from "./byte-input.js";
import { ControlStack } from "./control-stack.js";
import { action, type FunctionPlan } from "./function-plan.js";
import { opcode } from "./instruction-set.js";

/** How a counter that a function caches stands to the global. */
const same = 0;
const ahead = 1;
const stale = 2;

/** What is in a loop happens so many times as often as what is around it, for all that is known. */
const loopWeight = 8;
const mostWeight = 512;

/**
 * Follows the control of a function through its code, and puts charges and syncs into its plan.
 *
 * Code is divided where it branches and where branches arrive. Each stretch is charged for as a whole where it begins. One
 * that is reached if and only if an earlier one was, because nothing between them leads past it, is charged for together
 * with that one. So a program pays for what it executes; only one that ends in between, by a trap or by an exception, has
 * paid for what was still to come.
 *
 * `start` is where an instruction begins, `next` where the one behind it does.
 */
export class ControlFlow {
  readonly #plan: FunctionPlan;
  readonly #blocks = new ControlStack();
  /** Values on the stack. */
  height = 0;
  /** What the stretch that is being read costs so far. */
  cost = 0;
  /** The charge that it belongs to; -1 in code that is never reached. */
  #charge = 0;
  #sync = ahead;
  #weight = 1;

  constructor(plan: FunctionPlan) {
    this.#plan = plan;
  }

  /** Whether the function's own block is still open. */
  get isOpen(): boolean {
    return this.#blocks.depth > 0;
  }

  begin(results: number, next: number): void {
    this.height = this.cost = 0;
    this.#sync = ahead;
    this.#weight = this.#plan.chargeWeight = 1;
    this.#charge = this.#plan.add(action.charge, next);
    this.#blocks.depth = 0;
    this.#blocks.open(opcode.block, 0, 0, results, this.#charge, 1);
  }

  /** `block`, `loop`, `if`, `try` or `try_table`. */
  open(code: number, params: number, results: number, start: number, next: number): void {
    const charge = this.#settle();
    this.#blocks.open(code, this.height - params, params, results, charge, this.#weight);
    if (code === opcode.loop) {
      this.#load(start);
      this.#weight = Math.min(this.#weight * loopWeight, mostWeight);
      this.#newCharge(action.loop, next);
    } else if (code === opcode.if) {
      this.#load(start);
      this.#newCharge(action.charge, next);
    } else if (code !== opcode.block) {
      this.#plan.catches = true;
    }
  }

  else(start: number, next: number): void {
    this.#load(start);
    this.#reopen(this.#blocks.params);
    this.#newCharge(action.charge, next);
  }

  /** A handler of exceptions begins. @param values how many one brings */
  handler(values: number, next: number): void {
    this.#reopen(undefined);
    this.height += values;
    this.#newCharge(action.charge, next);
    this.#plan.add(action.caught, next);
  }

  /** A block's other half begins as the block did. */
  #reopen(values: Int32Array | undefined): void {
    const block = this.#blocks.depth - 1;
    this.#settle();
    this.height = (this.#blocks.base[block] as number) + (values?.[block] ?? 0);
    this.#charge = this.#blocks.charge[block] as number;
  }

  close(start: number, next: number): void {
    const blocks = this.#blocks;
    const block = blocks.depth - 1;
    this.#load(start);
    const isReached = this.#charge >= 0;
    this.#reopen(blocks.results);
    this.#weight = blocks.weight[block] as number;
    this.#sync = ahead;
    const isPassedBy = blocks.close();
    if (block === 0) {
      this.#plan.reachesEnd = isReached || this.#plan.leavesEarly;
      return;
    }
    if (blocks.caught[block] === 1) this.#plan.add(action.caught, next);
    if (isPassedBy) this.#newCharge(action.charge, next);
  }

  /** What a `try_table` catches goes on at a label, which counts from outside of it. */
  catchAt(label: number): void {
    const target = this.#mark(label + 1);
    this.#blocks.caught[target] = 1;
  }

  branch(label: number): void {
    this.#mark(label);
  }

  /** @returns the number of the block that the label is of */
  #mark(label: number): number {
    const target = this.#blocks.depth - 1 - label;
    if (target < 0) throw malformed("has a branch to nowhere");
    if (this.#charge >= 0) {
      if (target === 0) this.#plan.leavesEarly = true;
      this.#blocks.branch(target);
    }
    return target;
  }

  /** Before branches: all that go on behind them find the counter in the same place. */
  beforeBranch(start: number): void {
    this.#load(start);
  }

  /** Behind a branch that is not always taken. */
  fallThrough(next: number): void {
    this.#newCharge(action.charge, next);
  }

  /** Code up to the end of the block is never reached. */
  leave(): void {
    this.#settle();
    this.#charge = -1;
  }

  return(start: number): void {
    this.#load(start);
    const label = this.#blocks.depth - 1;
    if (this.#charge >= 0) this.#plan.add(action.leave, start, label);
    this.#mark(label);
    this.leave();
  }

  call(start: number): void {
    if (this.#charge < 0) return;
    this.#plan.calls = true;
    this.#flush(start);
    this.#sync = stale;
    this.#plan.syncWeight += this.#weight;
  }

  tailCall(start: number): void {
    if (this.#charge >= 0) {
      this.#load(start);
      this.#plan.calls = true;
      this.#plan.add(action.tail, start);
      this.#blocks.branch(0);
    }
    this.leave();
  }

  /** An exception leaves the function, unless that catches it itself. */
  throw(start: number): void {
    if (this.#charge >= 0) {
      this.#flush(start);
      this.#blocks.branch(0);
    }
    this.leave();
  }

  /** A trap that is asked for; others come when they come. */
  trap(start: number): void {
    if (this.#charge >= 0) this.#flush(start);
    this.leave();
  }

  chargeByLength(start: number, kind: number): void {
    if (this.#charge < 0) return;
    this.#load(start);
    this.#plan.add(action.length, start, kind);
    this.#plan.chargesByLength = true;
    this.#sync = ahead;
  }

  /** Ends a stretch: what it costs goes to the charge that it belongs to, whose number is returned. */
  #settle(): number {
    if (this.#charge >= 0) this.#plan.addCost(this.#charge, this.cost);
    this.cost = 0;
    return this.#charge;
  }

  /** Begins a stretch with a charge of its own. */
  #newCharge(kind: number, next: number): void {
    if (this.#settle() < 0) return;
    this.#charge = this.#plan.add(kind, next);
    this.#plan.chargeWeight += this.#weight;
    this.#sync = ahead;
  }

  /** Makes the cached counter the valid one. */
  #load(start: number): void {
    if (this.#charge < 0 || this.#sync !== stale) return;
    this.#plan.add(action.reload, start);
    this.#sync = same;
  }

  /** Makes the global the valid one. */
  #flush(start: number): void {
    if (this.#sync !== ahead) return;
    this.#plan.add(action.flush, start);
    this.#sync = same;
  }
}
