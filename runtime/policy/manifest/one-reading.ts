import { WrunError } from "../../errors/index.js";

/*
 * A policy is read by people, by YAML 1.2 here, and by YAML 1.1 or a linter elsewhere. What two of them could read in different
 * ways is refused, wherever it stands.
 */

type At = (offset: number) => string;

interface Hidden {
  readonly pattern: RegExp;
  readonly reason: string;
}

const hidden: readonly Hidden[] = [
  {
    // To YAML it ends a line, and a comment with it; to most editors it does not.
    pattern: /\r(?!\n)/u,
    reason: "has a carriage return without a line feed, which some readers take for the end of a line",
  },
  {
    pattern: /[^\P{Cc}\t\r\n]|[\u2028-\u202e\u2066-\u2069\u061c\u200e\u200f]/u,
    reason: "has a control character; escape it in quotes",
  },
  {
    pattern: /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u,
    reason: "has a character that nobody sees; remove it, or escape it in quotes",
  },
  { pattern: /[^\P{Z} ]/u, reason: "has a space that YAML does not take for one; write a plain space" },
];

/** Refuses what a reviewer would not see on a screen. A mark of byte order at the very beginning is gone already. */
export function refuseHidden(text: string, at: At): void {
  const found = hidden
    .map(({ pattern, reason }) => ({ offset: text.search(pattern), reason }))
    .filter(({ offset }) => offset >= 0)
    .sort((one, other) => one.offset - other.offset)[0];
  if (found !== undefined) throw refused(at(found.offset), found.reason);
  const offset = firstDifference(text, text.normalize("NFC"));
  if (offset !== undefined)
    throw refused(at(offset), "has text that is not in Unicode's normal form C; write it so, or escape it");
}

/** JSON's numbers: every reader takes them alike, but for those with an exponent. */
const plainNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

/** What a reader of YAML 1.1 or 1.2 takes for a number: octal and hexadecimal, with underscores, with colons, without a digit. */
const oddNumber =
  /^[-+]?(?:0[0-9_]+|0[xob][0-9a-fA-F_]+|\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*\.?[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$/;
const date = /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?$/s;
const oldBoolean = /^(?:y|n|yes|no|on|off)$/i;

/** Refuses a scalar without quotes that is a string to one reader and something else to another. */
export function refuseAmbiguous(source: string, offset: number, at: At): void {
  const kind = oldBoolean.test(source)
    ? "true or false"
    : date.test(source)
      ? "a date"
      : source === "="
        ? "a value of its own kind"
        : source.startsWith("?")
          ? "the key of a mapping"
          : oddNumber.test(source) && !plainNumber.test(source)
            ? "another number"
            : undefined;
  if (kind === undefined) return;
  const decimal = kind === "another number" ? ", or as a plain decimal number" : "";
  throw refused(
    at(offset),
    `has ${JSON.stringify(source)} without quotes, which some readers of YAML take for ${kind}; write it in quotes${decimal}`,
  );
}

/** Refuses half a character in a string in quotes: two of them are one character to some readers, and two to others. */
export function refuseHalfCharacters(source: string, offset: number, at: At): void {
  const found = /(?:^|[^\\])(?:\\\\)*\\u[dD][89a-fA-F]/.exec(source);
  if (found === null) return;
  throw refused(
    at(offset + found.index),
    "has an escape of half a character (\\ud800 to \\udfff); write the character itself, or \\U and its eight digits",
  );
}

/** Scripts with letters that look like those of another one. Chinese, Japanese and Korean mix theirs, and Latin with them. */
const scripts: readonly RegExp[] = [
  /[\p{scx=Latin}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}]/u,
  /\p{scx=Cyrillic}/u,
  /\p{scx=Greek}/u,
  /\p{scx=Armenian}/u,
  /\p{scx=Coptic}/u,
  /\p{scx=Cherokee}/u,
  /\p{scx=Georgian}/u,
];
/** What ends a name within a path, a key or a host: no name of people's goes over these. */
const name = /[^/.:*?#&=,;@\s"']+/gu;
const escape = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/gsu;

/**
 * Refuses a name with letters of several scripts: a Cyrillic U+0430 among Latin letters is another name than the one that a
 * reviewer sees. What is written as an escape can be seen, and so may stand.
 */
export function refuseMixedScripts(source: string, offset: number, isEscaped: boolean, at: At): void {
  const shown = isEscaped ? source.replace(escape, (found) => "\\".repeat(found.length)) : source;
  for (const { 0: text, index } of shown.matchAll(name)) {
    const letters = [...text.matchAll(/\p{L}/gu)].filter(([letter]) => !isOfAnyScript(letter));
    const own = scriptOf(letters[0]?.[0] ?? "");
    const odd = letters.filter(([letter]) => scriptOf(letter) !== own);
    // Of two scripts the one that is not Latin is the one that nobody expects.
    const found = own === 0 ? odd[0] : odd.length > 0 ? letters[0] : undefined;
    if (found === undefined) continue;
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    const written = code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code}`;
    throw refused(
      at(offset + index + found.index),
      `has the letter U+${code} among letters of another script, where it can be taken for one of theirs; ` +
        `write the name in one script, or this letter as "${written}" in double quotes`,
    );
  }
}

/** Its number in the list, and -1 for all scripts that are not there. */
function scriptOf(letter: string): number {
  return scripts.findIndex((script) => script.test(letter));
}

function isOfAnyScript(letter: string): boolean {
  return /[\p{sc=Common}\p{sc=Inherited}]/u.test(letter);
}

/** Whether a number has an exponent, which YAML 1.1 takes for text where it has no dot and no sign. */
export function hasExponent(source: string): boolean {
  return /[eE]/.test(source) && plainNumber.test(source);
}

function refused(at: string, reason: string): WrunError {
  return new WrunError("POLICY_SYNTAX", { at, reason });
}

function firstDifference(text: string, normal: string): number | undefined {
  if (text === normal) return undefined;
  let offset = 0;
  while (offset < text.length && text[offset] === normal[offset]) offset++;
  return Math.min(offset, text.length - 1);
}
