/**
 * WTF-8: UTF-8 that can also carry lone surrogates, which a guest may put into a string and which UTF-8 would
 * turn into U+FFFD, so that two different strings would be recorded as the same one.
 */
const loneSurrogate = /\p{Surrogate}/u;

export function hasLoneSurrogate(text: string): boolean {
  return loneSurrogate.test(text);
}

/** Code unit by code unit into one buffer: the text is a guest's, and may have any number of lone surrogates. */
export function encodeWtf8(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(3 * text.length);
  let at = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) ?? 0;
    if (code > 0xffff) index++;
    if (code < 0x80) {
      bytes[at++] = code;
    } else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      if (code < 0x10000) {
        bytes[at++] = 0xe0 | (code >> 12);
      } else {
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    }
  }
  return bytes.subarray(0, at);
}

/** Throws a `TypeError` for bytes that {@link encodeWtf8} cannot have written. */
export function decodeWtf8(bytes: Uint8Array): string {
  let text = "";
  let start = 0;
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let at = 0; at + 2 < bytes.length; at++) {
    const second = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xed || second < 0xa0) continue;
    const code = 0xd000 | ((second & 0x3f) << 6) | ((bytes[at + 2] ?? 0) & 0x3f);
    text += utf8.decode(bytes.subarray(start, at)) + String.fromCharCode(code);
    at += 2;
    start = at + 1;
  }
  text += utf8.decode(bytes.subarray(start));
  if (!encodeWtf8(text).equals(bytes)) throw new TypeError("not WTF-8");
  return text;
}
