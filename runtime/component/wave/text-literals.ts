import type { Cursor } from "./cursor.js";

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["'", "'"],
  ['"', '"'],
  ["\\", "\\"],
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
]);
const unicodeEscape = /\{[0-9a-fA-F]{1,6}\}/y;

/** `"text"`, with the escapes of WAVE. */
export function parseString(cursor: Cursor): string {
  cursor.expect('"', "a string in double quotes");
  const start = cursor.position;
  let text = "";
  for (;;) {
    const character = parseCharacter(cursor, '"', start);
    if (character === undefined) return text;
    text += character;
  }
}

/** `'x'`: exactly one Unicode scalar value. */
export function parseChar(cursor: Cursor): string {
  cursor.expect("'", "a character in single quotes");
  const start = cursor.position;
  const character = parseCharacter(cursor, "'", start);
  if (character === undefined) throw cursor.error("a character is missing between the quotes", start);
  if (parseCharacter(cursor, "'", start) !== undefined) {
    throw cursor.error("there is more than one character between the single quotes", start);
  }
  return character;
}

/** The next character of a literal, or undefined where `quote` ends it. */
function parseCharacter(cursor: Cursor, quote: string, start: number): string | undefined {
  const at = cursor.position;
  const character = cursor.character();
  if (character === undefined) throw cursor.error(`the closing ${quote} is missing`, start);
  if (character === quote) return undefined;
  if (character === "\n") throw cursor.error("a line break must be written as \\n", at);
  if (isSurrogate(character)) throw cursor.error("half of a surrogate pair is not a character", at);
  return character === "\\" ? parseEscape(cursor, at) : character;
}

function parseEscape(cursor: Cursor, at: number): string {
  const kind = cursor.character();
  const simple = kind === undefined ? undefined : simpleEscapes.get(kind);
  if (simple !== undefined) return simple;
  if (kind !== "u")
    throw cursor.error("unknown escape; there are \\' \\\" \\\\ \\t \\n \\r and \\u{hex}", at);
  const digits = cursor.match(unicodeEscape);
  if (digits === undefined) throw cursor.error("expected \\u{ and one to six hexadecimal digits and }", at);
  const point = Number.parseInt(digits.slice(1, -1), 16);
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
    throw cursor.error("this is not the number of a Unicode character", at);
  }
  return String.fromCodePoint(point);
}

function isSurrogate(character: string): boolean {
  return character.length === 1 && character >= "\ud800" && character <= "\udfff";
}

/** What may have to be escaped. Nearly nothing of most texts: they are not taken apart. */
const special = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"\\]/gu;

export function formatString(text: string): string {
  return `"${text.replace(special, (character) => escaped(character, '"'))}"`;
}

export function formatChar(character: string): string {
  return `'${escaped(character, "'")}'`;
}

/** Control characters too are escaped, since what is printed goes to terminals. */
function escaped(character: string, quote: string): string {
  if (character === quote || character === "\\") return `\\${character}`;
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const isPlain = !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character);
  return isPlain ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
