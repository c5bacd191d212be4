/**
 * WTF-8: UTF-8 that can also carry lone surrogates, which a guest may put into a string and which UTF-8 would
 * turn into U+FFFD, so that two different strings would be recorded as the same one.
 */
const loneSurrogate = /\p{Surrogate}/u;

export function hasLoneSurrogate(text: string): boolean {
  return loneSurrogate.test(text);
}

export function encodeWtf8(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    parts.push(isSurrogate(code) ? surrogateBytes(code) : Buffer.from(character, "utf8"));
  }
  return Buffer.concat(parts);
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

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function surrogateBytes(code: number): Buffer {
  return Buffer.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}
