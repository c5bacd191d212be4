/**
 * jco's generated code looks, as it instantiates a component, whether this engine can suspend WebAssembly, by trying and
 * catching. No guest is run that way. An engine that cannot, throws, and to say where it reads all of the generated code
 * once more: tens of milliseconds for that of a large component, at every start.
 */
const attempt =
  /try \{\s*(\w+) = WebAssembly\.promising\((exports\d+(?:\.\w+|\['[^'\n]*'\]))\);\s*\} catch\(err\) \{\s*\1 = \2;\s*\}/g;

/** What has another form than is known here is left as it is: it is only slower. */
export function suspendNothing(glue: string): string {
  return glue.replace(attempt, "$1 = $2;");
}
