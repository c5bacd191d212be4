const mostValues = 1_000_000;
const mostText = 16 * 1024 * 1024;

/**
 * Throws a RangeError for a result that is too large to be printed. A byte of a guest's memory can become a number in an
 * array and four characters of text; where that does not fit, V8 may end the process and not only the worker.
 */
export function refuseUnprintable(result: unknown): void {
  let values = 0;
  let text = 0;
  const open: unknown[] = [result];
  while (open.length > 0) {
    const value = open.pop();
    values += ArrayBuffer.isView(value) ? value.byteLength : 1;
    text += typeof value === "string" ? value.length : 0;
    if (values > mostValues) throw new RangeError(`the result has more than ${mostValues} values`);
    if (text > mostText) throw new RangeError(`the result has more than ${mostText} characters`);
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) continue;
    for (const inner of Object.values(value)) open.push(inner);
  }
}
