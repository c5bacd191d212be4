import { catalogue, type ErrorCode } from "./catalogue.js";
import { exitCodes } from "./entry.js";

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The details that an error's message and next step name. */
export type ErrorDetails<Code extends ErrorCode> = Record<
  Placeholders<(typeof catalogue)[Code]["message"] | (typeof catalogue)[Code]["next"]>,
  string | number
>;

/**
 * The one error class. `message` names the thing and the cause, `next` what to do;
 * `cause` holds the underlying error for the operator and never reaches a guest.
 */
export class WrunError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "WrunError";
  readonly code: Code;
  readonly details: Readonly<Record<string, string | number>>;
  readonly next: string;
  readonly exitCode: number;

  constructor(code: Code, details: ErrorDetails<Code>, options?: { cause?: unknown }) {
    const entry = catalogue[code];
    super(fill(entry.message, details), options);
    this.code = code;
    this.details = details;
    this.next = fill(entry.next, details);
    this.exitCode = exitCodes[entry.exit];
  }
}

/** Whether it is an error with a code and a next step, whatever else was caught. */
export function isWrunError(value: unknown): value is WrunError {
  return value instanceof WrunError;
}

/** Passes a WrunError on and makes anything else an `INTERNAL` one, so that no caller sees a bare error. */
export function wrapUnknown(error: unknown): WrunError {
  if (isWrunError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new WrunError("INTERNAL", { reason }, { cause: error });
}

function fill(template: string, details: Record<string, string | number>): string {
  return template.replace(/\{([a-zA-Z]+)\}/g, (_, name: string) => {
    const text = printable(details[name]);
    return inLines.has(name) ? text : text.replaceAll("\n", "\\n");
  });
}

/**
 * Details that we write ourselves, in lines; what they quote was made printable when it was quoted. Any other can hold what
 * others wrote, and stays on its line: it must not begin one that looks like ours.
 */
const inLines: ReadonlySet<string> = new Set(["advice", "lines", "denial"]);

/** Details can hold untrusted bytes; controls and what turns the direction of text must not reach a terminal. */
function printable(value: string | number | undefined): string {
  return String(value).replace(/[^\P{Control}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
