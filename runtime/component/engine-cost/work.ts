/*
 * What an optimizing compiler makes of one instruction, in units of 64 bytes of its memory, at most, as measured with
 * `test/fuzz/engine-cost/worst-module.ts`. Its time goes along: a million units take a fifth of a second or less.
 */

/** Of an instruction that is not listed. */
const simple = 3;
const access = 13;
const runtimeCall = 80;
const [reference, nullReference] = [180, 8];
const [division, conversion, copiedSign] = [1_500, 38, 24];

/** Instructions with a single opcode, by that. */
export const instructionWork: Uint16Array = workOf([
  [0x10, 0x15, 34], // calls
  [0x23, 0x24, access], // globals
  [0x25, 0x26, reference], // tables
  [0x28, 0x3e, access], // loads and stores
  [0x40, 0x40, runtimeCall], // memory.grow
  [0x6d, 0x70, division],
  [0x7f, 0x82, division],
  [0x98, 0x98, copiedSign],
  [0x9b, 0x9e, conversion], // roundings of 64 bits, which some processors lack
  [0xa6, 0xa6, copiedSign],
  [0xa8, 0xab, conversion],
  [0xae, 0xb1, conversion],
  [0xd0, 0xd1, nullReference],
  [0xd2, 0xd2, reference], // ref.func
  [0xfc, 0xfc, runtimeCall],
  [0xfd, 0xfd, access],
]);

/** `i32.trunc_sat_f32_s` to `i64.trunc_sat_f64_u`, by their second opcode: each is a choice that the scheduler has to place. */
export const saturating = { lastCode: 7, work: division } as const;

export const branchWork = {
  /** `br`, `return`. */
  always: 50,
  /** A call of the runtime, on top of the values. */
  throw: 100,
  /** The comparison with a tag, on top of the values. */
  catch: 400,
  /** Each value of an exception: it goes through memory in parts of 16 bits. */
  thrown: 100,
  /** `br_if` and the like. */
  sometimes: 100,
  if: 220,
  loop: 200,
  try: 100,
  tableEntry: 36,
  /** A call that a handler may go on from, on top of the call. */
  caughtCall: 100,
  indirectCall: 110,
  /** Each local and operand, where control divides or comes together, for each loop that a branch leaves. */
  carried: 1,
  /** Each local that changed in a block, for each branch that goes to its end or its start. */
  changed: 5,
  /** The same for an entry of a table of branches. */
  carriedByEntry: 5,
  /** The same for a branch back to the start of a loop. */
  carriedBack: 4,
  /** One more for each so many that go back to the same loop: the time grows with the square of their number. */
  backsThatCostOneMore: 64,
  /** The same for a call that a handler may go on from. */
  carriedToHandler: 3,
  /** The same where a loop begins. */
  carriedByLoop: 12,
  /** Each value that is given to a call or a block, or comes from it. */
  passed: 6,
} as const;

function workOf(rows: readonly (readonly [first: number, last: number, work: number])[]): Uint16Array {
  const table = new Uint16Array(256).fill(simple);
  for (const [first, last, work] of rows) table.fill(work, first, last + 1);
  return table;
}
