/**
 * jco's generated code lets a guest drop a handle that it never had: a slot of the table beyond its end reads as
 * `undefined`, which is not the 0 that it looks for, and the number goes into the list of free slots; so does a handle
 * with its highest bit set, which it takes for the one without. And it leaves in a freed slot what was there, so that a
 * handle which was dropped can still be used.
 */
const remover = "function rscTableRemove(";
const changes = [
  [
    "if (val === 0 || (scope & T_FLAG) !== 0) {",
    "if (!(val > 0) || handle >>> 30 !== 0 || (scope & T_FLAG) !== 0) {",
  ],
  ["table[0] = handle | T_FLAG;", "table[0] = handle | T_FLAG; table[(handle << 1) + 1] = 0;"],
] as const;

/** @throws Error where the code removes handles in a way that is not known here */
export function refuseUnknownHandles(glue: string): string {
  if (!glue.includes(remover) && changes.every(([lenient]) => !glue.includes(lenient))) return glue;
  let strict = glue;
  for (const [lenient, change] of changes) {
    const [before, after, ...more] = strict.split(lenient);
    if (before === undefined || after === undefined || more.length > 0 || !before.includes(remover))
      throw new Error("the toolchain generated a table of handles that is not known");
    strict = before + change + after;
  }
  return strict;
}
