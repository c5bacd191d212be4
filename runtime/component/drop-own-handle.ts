/**
 * jco's generated code gives each object that stands for a handle a function which drops it, and lets that function look
 * at variables of the code around it: of a list of handles, every one drops the last. Here it looks at its own object.
 */
const anyDrop = "symbolDispose, { writable: true, value: function ";
const known =
  /(symbolDispose, \{ writable: true, value: function \(\) \{\s*finalizationRegistry\d+\.unregister)\((\w+)\)(;\s*const handleEntry = rscTableRemove\(handleTable\d+), \w+\);\s*\2\[symbolDispose\] = emptyFunc;\s*\2\[symbolRscHandle\] = undefined;/g;
const own =
  "$1(this)$3, this[symbolRscHandle]); this[symbolDispose] = emptyFunc; this[symbolRscHandle] = undefined;";

/** @throws Error where the code drops handles in a way that is not known here */
export function dropOwnHandle(glue: string): string {
  const found = glue.match(known)?.length ?? 0;
  if (glue.split(anyDrop).length - 1 !== found)
    throw new Error("the toolchain generated a way of dropping handles that is not known");
  return glue.replace(known, own);
}
