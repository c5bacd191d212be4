/**
 * jco's generated code copies each list of numbers that a guest passes out of its memory, however often the same bytes
 * are named: a few hundred kilobytes of pointers make it copy gigabytes, outside of the JavaScript heap and its limit.
 * It also cuts a list short that reaches beyond the memory, where the Canonical ABI wants a trap.
 *
 * Here both become errors, which the guard around the guest makes traps. The lists of one call together may not be
 * larger than the memory that they come from: honest ones are each in a place of their own.
 */
const copy = /new (\w+)\((\w+)\.buffer\.slice\((\w+), \3 \+ (\w+) \* ([1248])\)\)/g;
const hostCall = "const res = importFn(...params);";

const bounded = `
let $wrunLifted = 0;
function $wrunLiftList(Type, { buffer }, pointer, length, size) {
  const start = pointer >>> 0;
  const bytes = (length >>> 0) * size;
  if (start + bytes > buffer.byteLength) throw new RangeError('a list lies outside the memory of the guest');
  $wrunLifted += bytes;
  if ($wrunLifted > buffer.byteLength)
    throw new RangeError('the lists of one call are together larger than the memory of the guest');
  return new Type(buffer.slice(start, start + bytes));
}
`;

/** @throws Error where the code copies in a way that is not known here */
export function boundLists(glue: string): string {
  const lifted = glue.replace(copy, "$$wrunLiftList($1, $2, $3, $4, $5)");
  if (lifted.includes(".buffer.slice("))
    throw new Error("the toolchain generated a copy of a list in a way that is not known");
  // What a call has taken is forgotten with it. Without these lines it would add up over a run, and be refused then.
  return lifted.replace(hostCall, `$$wrunLifted = 0; ${hostCall} $$wrunLifted = 0;`) + bounded;
}
