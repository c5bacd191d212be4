interface LineForm {
  readonly word: string;
  /** What follows the word. */
  readonly then: ":" | " " | "[";
  /** What else a line of this form begins with, as a pattern: where others would often begin a line with the word alone. */
  readonly more?: string;
}

/**
 * How each line begins that we write where a guest's output may go as well. `terminal.ts` writes no other line there, and
 * `guest-lines.ts` marks a guest's lines that begin like one of these.
 */
export const lineForms = {
  error: { word: "error", then: "[", more: "(?:[A-Z0-9]+(?:_[A-Z0-9]+)+|INTERNAL)\\]" },
  next: { word: "next", then: ":" },
  cause: { word: "cause", then: ":" },
  warning: { word: "warning", then: ":" },
  note: { word: "note", then: ":" },
  denied: { word: "denied", then: " " },
  log: { word: "log", then: " ", more: "(?:trace|debug|info|warn|error|critical) " },
  request: { word: "request", then: " " },
  run: { word: "run", then: " ", more: "[0-9a-f]{32}" },
  pulling: { word: "pulling", then: " " },
  pushing: { word: "pushing", then: " " },
  serving: { word: "serving", then: " " },
} as const satisfies Record<string, LineForm>;

export type LineFormName = keyof typeof lineForms;

/** A line of one form; `paint` colours its word. */
export function lineOf(
  name: Exclude<LineFormName, "error">,
  text: string,
  paint: (word: string) => string = (word) => word,
): string {
  const { word, then } = lineForms[name];
  return `${paint(word)}${then}${then === ":" ? " " : ""}${text}`;
}

/** Matches the beginning of any line of ours, where `between` may stand behind its word. */
export function beginningOfOurs(between: string): RegExp {
  const forms: readonly LineForm[] = Object.values(lineForms);
  const all = forms.map(({ word, then, more = "" }) => `${word}(?:${between})*\\u{${hex(then)}}${more}`);
  return new RegExp(`^(?:${all.join("|")})`, "u");
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
