/**
 * jco's generated code lets a guest drop a handle that it never had: a slot of the table beyond its end reads as
 * `undefined`, which is not the 0 that it looks for, and the number goes into the list of free slots.
 */
const lenient = "if (val === 0 || (scope & T_FLAG) !== 0) {";
const strict = "if (!(val > 0) || (scope & T_FLAG) !== 0) {";
const remover = "function rscTableRemove(";

/** @throws Error where the code removes handles in a way that is not known here */
export function refuseUnknownHandles(glue: string): string {
  const [before, after, ...more] = glue.split(lenient);
  if (after === undefined && !glue.includes(remover)) return glue;
  if (before === undefined || after === undefined || more.length > 0 || !before.includes(remover))
    throw new Error("the toolchain generated a table of handles that is not known");
  return before + strict + after;
}
