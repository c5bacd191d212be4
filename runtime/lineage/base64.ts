/** Standard base64 (RFC 4648, section 4) in its one spelling: padded, no line breaks, no stray bits at the end.
 * Undefined for anything else, which Node's own decoder would let pass. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
