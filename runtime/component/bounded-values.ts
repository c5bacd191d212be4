/**
 * jco's generated code turns whatever a guest passes into JavaScript values, however large: the same megabyte named by
 * a hundred thousand pointers is copied as often, and a list of a hundred million empty strings becomes one array. The
 * first fills memory that no limit of the heap covers. The second can end the whole process, because V8 aborts it when
 * one large allocation does not fit, before the worker's own limit can end the worker. The code also cuts a list short
 * that reaches beyond the guest's memory, where the Canonical ABI wants a trap.
 *
 * Here each becomes an error, which the guard around the guest makes a trap. What is counted is counted for one host
 * call, or for the result of an export:
 *
 * - lists of numbers may together be as large as the memory that they come from (honest ones share no bytes);
 * - other lists may together have a million items;
 * - strings may together have 32 MiB.
 *
 * What values take in the host's heap is many times what they took in the guest, and it differs with their types. So each
 * is charged to the account of what the host holds (`sandbox/limits/held-memory.ts`) as it is made: until the host call is
 * over, and for the result of an export until the end of the run.
 */
const copy = /new (\w+)\((\w+)\.buffer\.slice\((\w+), \3 \+ (\w+) \* ([1248])\)\)/g;
const loop = /(var result\d+ = )\[\](;\s*for \(let i = 0; i < (len\d+); i\+\+\) \{)/g;
const push = /\b(result\d+)\.push\(/g;
const hostCall = "const res = importFn(...params);";
const entry =
  /^(export function instantiate\(getCoreModule, imports, instantiateCore = \(module, importObject\) => new WebAssembly\.Instance\(module, importObject\))(?:, \$wrunLowering)?\) \{$/m;

const counting = `
const $wrunMostItems = 1000000;
const $wrunMostText = 33554432;
const $wrunValueBytes = 32, $wrunListBytes = 256, $wrunNumberListBytes = 512;
let $wrunNumbers = 0, $wrunItems = 0, $wrunText = 0, $wrunCharged = 0, $wrunMemory;
function $wrunForget() {
  $wrunNumbers = $wrunItems = $wrunText = 0;
}
function $wrunCharge(bytes) {
  $wrunMemory.take(bytes);
  $wrunCharged += bytes;
}
function $wrunGiveBack() {
  $wrunForget();
  if ($wrunCharged > 0) $wrunMemory.giveBack($wrunCharged);
  $wrunCharged = 0;
}
function $wrunSizeOf(value) {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return $wrunValueBytes;
  let bytes = 2 * $wrunValueBytes;
  for (const name in value) bytes += $wrunSizeOf(value[name]);
  return bytes;
}
function $wrunPush(list, item) {
  $wrunCharge($wrunSizeOf(item));
  list.push(item);
}
function $wrunNumberList(Type, { buffer }, pointer, length, size) {
  const start = pointer >>> 0;
  const bytes = (length >>> 0) * size;
  if (start + bytes > buffer.byteLength) throw new RangeError('a list lies outside the memory of the guest');
  $wrunNumbers += bytes;
  if ($wrunNumbers > buffer.byteLength)
    throw new RangeError('the lists of one call are together larger than the memory of the guest');
  $wrunCharge($wrunNumberListBytes + bytes);
  return new Type(buffer.slice(start, start + bytes));
}
function $wrunItemList(length) {
  $wrunItems += length >>> 0;
  if ($wrunItems > $wrunMostItems)
    throw new RangeError('the lists of one call have more than ' + $wrunMostItems + ' items');
  $wrunCharge($wrunListBytes);
  return [];
}
function $wrunDecoder(encoding, isKept) {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return {
    decode(view) {
      if (isKept) $wrunText += view.byteLength;
      if (view.byteLength > $wrunMostText || $wrunText > $wrunMostText)
        throw new RangeError('the strings of one call have more than ' + $wrunMostText + ' bytes');
      if (isKept) $wrunCharge($wrunValueBytes + view.byteLength);
      const text = decoder.decode(view);
      if (isKept && text.length !== view.byteLength) $wrunCharge(2 * text.length);
      return text;
    },
  };
}
`;

/**
 * After `exposeLowering`, whose parameter stands before the one of this.
 *
 * @throws Error where the code makes lists in a way that is not known here
 */
export function boundValues(glue: string): string {
  if (glue.match(loop)?.length !== glue.match(push)?.length) throw unknown();
  const bounded = glue
    .replace(copy, "$$wrunNumberList($1, $2, $3, $4, $5)")
    .replace(loop, "$1$$wrunItemList($3)$2")
    .replace(push, "$$wrunPush($1, ")
    .replace(hostCall, `$$wrunForget(); ${hostCall} $$wrunGiveBack();`)
    .replace(entry, "$1, $$wrunLowering, $$wrunHeldMemory) {\n  $$wrunMemory = $$wrunHeldMemory;");
  if (bounded.includes(".buffer.slice(") || /\bvar result\d+ = \[\]/.test(bounded)) throw unknown();
  return bounded + counting;
}

function unknown(): Error {
  return new Error("the toolchain generated a list in a way that is not known");
}
