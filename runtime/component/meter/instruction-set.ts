import type { ByteInput } from "./byte-input.js";
import { instructionCosts } from "./costs.js";

/*
 * Every instruction that metered code may have: the core specification with its finished proposals up to tail calls,
 * exceptions (both kinds) and typed function references. What has no row here is refused, never passed through: an
 * instruction that is not known cannot be priced, and its immediates cannot be told from the next instruction.
 */

/** Opcodes that are named anywhere. */
export const opcode = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throwRef: 0x0a,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  callRef: 0x14,
  returnCallRef: 0x15,
  delegate: 0x18,
  catchAll: 0x19,
  selectTyped: 0x1c,
  tryTable: 0x1f,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memoryGrow: 0x40,
  i64Const: 0x42,
  i64NotEqual: 0x52,
  i64LessSigned: 0x53,
  i64Add: 0x7c,
  i64Subtract: 0x7d,
  i64Multiply: 0x7e,
  i64And: 0x83,
  i64Or: 0x84,
  i64ShiftRight: 0x88,
  i64ExtendUnsigned: 0xad,
  refNull: 0xd0,
  brOnNull: 0xd5,
  brOnNonNull: 0xd6,
} as const;

/** What follows an opcode. */
export const form = {
  unknown: 0,
  nothing: 1,
  /** One number in LEB128: an index, or a constant integer. */
  number: 2,
  twoNumbers: 3,
  /** Alignment and offset of a memory access, with a memory's index between them where bit 6 of the alignment is set. */
  memory: 4,
  fourBytes: 5,
  eightBytes: 6,
  /** Changes control. */
  control: 7,
  /** Needs a look of its own, for another reason. */
  special: 13,
  /** The second opcode, in LEB128, is looked up in a table of its own. */
  numeric: 8,
  vector: 9,
  /** Of vectors. */
  lane: 10,
  memoryAndLane: 11,
  sixteenBytes: 12,
} as const;

/** Instructions by opcode. Three small arrays, since every byte of a guest's code is looked up in them. */
export interface InstructionTable {
  readonly forms: Uint8Array;
  /** How many more values are on the stack afterwards. */
  readonly deltas: Int8Array;
  readonly costs: Uint16Array;
}

/** First and last opcode, form, how the stack grows, and the cost where it is not that of a simple instruction. */
type Row = readonly [first: number, last: number, form: number, delta: number, cost?: number];

function tableOf(rows: readonly Row[]): InstructionTable {
  const table = { forms: new Uint8Array(256), deltas: new Int8Array(256), costs: new Uint16Array(256) };
  for (const [first, last, shape, delta, cost = instructionCosts.simple] of rows) {
    for (let code = first; code <= last; code += 1) {
      table.forms[code] = shape;
      table.deltas[code] = delta;
      table.costs[code] = cost;
    }
  }
  return table;
}

const { label, division, call, indirectCall, reference, throw: thrown, bulk } = instructionCosts;

export const plainInstructions: InstructionTable = tableOf([
  [0x00, 0x00, form.control, 0], // unreachable
  [0x01, 0x01, form.nothing, 0, label], // nop
  [0x02, 0x03, form.control, 0, label], // block, loop
  [0x04, 0x04, form.control, -1], // if
  [0x05, 0x07, form.control, 0, label], // else, try, catch
  [0x08, 0x0a, form.control, 0, thrown], // throw, rethrow, throw_ref
  [0x0b, 0x0b, form.control, 0, label], // end
  [0x0c, 0x0c, form.control, 0], // br
  [0x0d, 0x0e, form.control, -1], // br_if, br_table
  [0x0f, 0x0f, form.control, 0], // return
  [0x10, 0x10, form.special, 0, call],
  [0x11, 0x11, form.special, 0, indirectCall],
  [0x12, 0x12, form.special, 0, call], // return_call
  [0x13, 0x15, form.special, 0, indirectCall], // return_call_indirect, call_ref, return_call_ref
  [0x18, 0x19, form.control, 0, label], // delegate, catch_all
  [0x1a, 0x1a, form.nothing, -1], // drop
  [0x1b, 0x1b, form.nothing, -2], // select
  [0x1c, 0x1c, form.special, -2], // select with types
  [0x1f, 0x1f, form.control, 0, label], // try_table
  [0x20, 0x20, form.number, 1], // local.get
  [0x21, 0x21, form.number, -1],
  [0x22, 0x22, form.number, 0],
  [0x23, 0x23, form.special, 1], // global.get
  [0x24, 0x24, form.special, -1],
  [0x25, 0x25, form.number, 0, reference], // table.get
  [0x26, 0x26, form.number, -2, reference],
  [0x28, 0x35, form.memory, 0], // loads
  [0x36, 0x3e, form.memory, -2], // stores
  [0x3f, 0x3f, form.number, 1], // memory.size
  [0x40, 0x40, form.special, 0, instructionCosts.memoryGrow],
  [0x41, 0x42, form.number, 1], // i32.const, i64.const
  [0x43, 0x43, form.fourBytes, 1],
  [0x44, 0x44, form.eightBytes, 1],
  [0x45, 0x45, form.nothing, 0], // i32.eqz
  [0x46, 0x4f, form.nothing, -1],
  [0x50, 0x50, form.nothing, 0], // i64.eqz
  [0x51, 0x66, form.nothing, -1],
  [0x67, 0x69, form.nothing, 0], // i32.clz, i32.ctz, i32.popcnt
  [0x6a, 0x6c, form.nothing, -1],
  [0x6d, 0x70, form.nothing, -1, division],
  [0x71, 0x78, form.nothing, -1],
  [0x79, 0x7b, form.nothing, 0], // i64.clz, i64.ctz, i64.popcnt
  [0x7c, 0x7e, form.nothing, -1],
  [0x7f, 0x82, form.nothing, -1, division],
  [0x83, 0x8a, form.nothing, -1],
  [0x8b, 0x91, form.nothing, 0], // f32.abs to f32.sqrt
  [0x92, 0x98, form.nothing, -1],
  [0x99, 0x9f, form.nothing, 0], // f64.abs to f64.sqrt
  [0xa0, 0xa6, form.nothing, -1],
  [0xa7, 0xc4, form.nothing, 0], // conversions, sign extensions
  [0xd0, 0xd0, form.special, 1], // ref.null
  [0xd1, 0xd1, form.nothing, 0], // ref.is_null
  [0xd2, 0xd2, form.number, 1, reference], // ref.func
  [0xd4, 0xd4, form.nothing, 0], // ref.as_non_null
  [0xd5, 0xd5, form.control, 0], // br_on_null
  [0xd6, 0xd6, form.control, -1], // br_on_non_null
  [0xfc, 0xfc, form.numeric, 0, label],
  [0xfd, 0xfd, form.vector, 0, label],
]);

/** After 0xfc: saturating conversions, and operations on ranges of memories and tables. */
export const numericInstructions: InstructionTable = tableOf([
  [0x00, 0x07, form.nothing, 0],
  [0x08, 0x08, form.twoNumbers, -3, bulk], // memory.init
  [0x09, 0x09, form.number, 0, reference], // data.drop
  [0x0a, 0x0a, form.twoNumbers, -3, bulk], // memory.copy
  [0x0b, 0x0b, form.number, -3, bulk], // memory.fill
  [0x0c, 0x0c, form.twoNumbers, -3, bulk], // table.init
  [0x0d, 0x0d, form.number, 0, reference], // elem.drop
  [0x0e, 0x0e, form.twoNumbers, -3, bulk], // table.copy
  [0x0f, 0x0f, form.number, -1, instructionCosts.tableGrow],
  [0x10, 0x10, form.number, 1], // table.size
  [0x11, 0x11, form.number, -3, bulk], // table.fill
]);

/** After 0xfd: vectors of 128 bits. The relaxed ones, from 0x100 on, give different results on different machines. */
export const vectorInstructions: InstructionTable = tableOf([
  [0x00, 0x0a, form.memory, 0], // loads
  [0x0b, 0x0b, form.memory, -2],
  [0x0c, 0x0c, form.sixteenBytes, 1], // v128.const
  [0x0d, 0x0d, form.sixteenBytes, -1], // i8x16.shuffle
  [0x0e, 0x0e, form.nothing, -1], // i8x16.swizzle
  [0x0f, 0x14, form.nothing, 0], // splats
  ...[0x17, 0x1a, 0x1c, 0x1e, 0x20, 0x22].map((code): Row => [code, code, form.lane, -1]), // replace_lane
  ...[0x15, 0x16, 0x18, 0x19, 0x1b, 0x1d, 0x1f, 0x21].map((code): Row => [code, code, form.lane, 0]),
  [0x23, 0x4c, form.nothing, -1], // comparisons
  [0x4d, 0x4d, form.nothing, 0], // v128.not
  [0x4e, 0x51, form.nothing, -1],
  [0x52, 0x52, form.nothing, -2], // v128.bitselect
  [0x53, 0x53, form.nothing, 0], // v128.any_true
  [0x54, 0x57, form.memoryAndLane, -1],
  [0x58, 0x5b, form.memoryAndLane, -2],
  [0x5c, 0x5d, form.memory, 0],
  [0x5e, 0x64, form.nothing, 0],
  [0x65, 0x66, form.nothing, -1], // i8x16.narrow
  [0x67, 0x6a, form.nothing, 0],
  [0x6b, 0x73, form.nothing, -1],
  [0x74, 0x75, form.nothing, 0], // f64x2.ceil, f64x2.floor
  [0x76, 0x79, form.nothing, -1],
  [0x7a, 0x7a, form.nothing, 0], // f64x2.trunc
  [0x7b, 0x7b, form.nothing, -1],
  [0x7c, 0x81, form.nothing, 0],
  [0x82, 0x82, form.nothing, -1],
  [0x83, 0x84, form.nothing, 0],
  [0x85, 0x86, form.nothing, -1],
  [0x87, 0x8a, form.nothing, 0],
  [0x8b, 0x93, form.nothing, -1],
  [0x94, 0x94, form.nothing, 0], // f64x2.nearest
  [0x95, 0x99, form.nothing, -1],
  [0x9b, 0x9f, form.nothing, -1],
  [0xa0, 0xa1, form.nothing, 0],
  [0xa3, 0xa4, form.nothing, 0],
  [0xa7, 0xaa, form.nothing, 0],
  [0xab, 0xae, form.nothing, -1],
  [0xb1, 0xb1, form.nothing, -1],
  [0xb5, 0xba, form.nothing, -1],
  [0xbc, 0xbf, form.nothing, -1],
  [0xc0, 0xc1, form.nothing, 0],
  [0xc3, 0xc4, form.nothing, 0],
  [0xc7, 0xca, form.nothing, 0],
  [0xcb, 0xce, form.nothing, -1],
  [0xd1, 0xd1, form.nothing, -1],
  [0xd5, 0xdf, form.nothing, -1],
  [0xe0, 0xe1, form.nothing, 0],
  [0xe3, 0xe3, form.nothing, 0], // f32x4.sqrt
  [0xe4, 0xeb, form.nothing, -1],
  [0xec, 0xed, form.nothing, 0],
  [0xef, 0xef, form.nothing, 0], // f64x2.sqrt
  [0xf0, 0xf7, form.nothing, -1],
  [0xf8, 0xff, form.nothing, 0],
]);

/** Skips what follows the second opcode of an instruction of {@link numericInstructions} or {@link vectorInstructions}. */
export function skipOperands(input: ByteInput, shape: number): void {
  switch (shape) {
    case form.twoNumbers:
      input.skipNumber();
      return input.skipNumber();
    case form.number:
      return input.skipNumber();
    case form.memory:
      return skipMemoryAccess(input);
    case form.memoryAndLane:
      skipMemoryAccess(input);
      return input.skip(1);
    case form.lane:
      return input.skip(1);
    case form.sixteenBytes:
      return input.skip(16);
    case form.nothing:
    default:
      return undefined;
  }
}

function skipMemoryAccess(input: ByteInput): void {
  if ((input.byte() & 0x40) !== 0) input.skipNumber();
  input.skipNumber();
}
