/**
 * jco's generated code decodes strings leniently: invalid UTF-8 and half surrogate pairs become U+FFFD, and a byte order
 * mark at the start is dropped. The Canonical ABI wants a trap for the first two and the third kept as it is.
 */
const decoders = new Map([
  ["new TextDecoder()", "new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })"],
  ["new TextDecoder('utf-16')", "new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true })"],
]);

/** @throws Error where the code has a decoder that is not known here */
export function decodeStrictly(glue: string): string {
  return glue.replace(/new\s+TextDecoder\s*\([^)]*\)/g, (found) => {
    const strict = decoders.get(found);
    if (strict === undefined)
      throw new Error(`the toolchain generated a string decoder that is not known: ${found}`);
    return strict;
  });
}
