/**
 * jco's generated code decodes strings leniently: invalid UTF-8 and half surrogate pairs become U+FFFD, and a byte order
 * mark at the start is dropped. The Canonical ABI wants a trap for the first two and the third kept as it is.
 *
 * The strict decoder is the one of bounded-values.ts. The last form is of strings that pass from one component to
 * another inside of a composed one: the host keeps none of them.
 */
const decoders = new Map([
  ["new TextDecoder()", "$wrunDecoder('utf-8', true)"],
  ["new TextDecoder('utf-16')", "$wrunDecoder('utf-16le', true)"],
  ["const decoder = new TextDecoder()", "const decoder = $wrunDecoder('utf-8', false)"],
]);

/** @throws Error where the code has a decoder that is not known here */
export function decodeStrictly(glue: string): string {
  return glue.replace(/(?:const decoder = )?new\s+TextDecoder\s*\([^)]*\)/g, (found) => {
    const strict = decoders.get(found);
    if (strict === undefined)
      throw new Error(`the toolchain generated a string decoder that is not known: ${found}`);
    return strict;
  });
}
