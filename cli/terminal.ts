import { fstatSync, type Stats } from "node:fs";
import { exitCodes, WrunError } from "../runtime/early.js";
import { GuestLines } from "./guest-lines.js";
import { lineForms, lineOf } from "./line-forms.js";

/**
 * Everything that the command line writes goes through here, by these rules:
 *
 * - What was asked for goes to stdout; everything about getting it (progress, notes, warnings, errors) to stderr.
 * - `--json` puts JSON, and nothing else, on stdout; an error is then a JSON object there as well. Controls are escaped in it.
 * - Text may hold what others wrote (names, reasons, paths): control characters are shown and never sent, and a line break ends
 *   a line only in a {@link Terminal.block} or where the caller gives lines one by one.
 * - A line of ours begins a line: what a guest left unfinished on the same screen or stream is finished first. A line beside a
 *   guest's output has one of the forms in `line-forms.ts`; a guest's line that begins like one is marked as the guest's there.
 * - Colours are for terminals, and not where `NO_COLOR` is set. Bars are for terminals; elsewhere a line says it.
 */
export interface Terminal {
  readonly json: boolean;
  /** One line of the answer. With `--json` nothing: the answer is then a {@link value}. */
  line(text?: string): void;
  heading(text: string): void;
  /** Text of the answer that has lines, such as a policy or WIT; each is indented by so many spaces. */
  block(text: string, indent?: number): void;
  /** Rows of the answer in aligned columns; the first is the head. */
  table(rows: readonly (readonly string[])[]): void;
  /** Names with their values, aligned. */
  fields(pairs: readonly (readonly [string, string])[]): void;
  /** The answer for `--json`: one line of JSON. Without `--json` nothing. */
  value(value: unknown): void;
  /** A mark at the beginning of a line of the answer, with further lines under it. */
  check(mark: "ok" | "warn" | "fail", text: string, more?: readonly string[]): void;
  /** About the work, on stderr. */
  note(text: string): void;
  warn(text: string): void;
  /** What happened, on stderr, with further lines under it. */
  event(form: "denied" | "log" | "request", text: string, more?: readonly string[]): void;
  /** Which run it was: for people at a terminal; elsewhere it is written where it was asked for. */
  aside(run: string, asked: boolean): void;
  /** An error that ends the command. */
  error(error: ShownError): void;
  /** The same where the answer has been given already, so that with `--json` there is no second one. */
  failure(error: ShownError): void;
  /** Long work. Call `end` when it is over, however it ends. */
  progress(doing: "pulling" | "pushing", what: string): Progress;
  /**
   * What to do when stdout or stderr takes nothing any more; `false` leaves the process at once, which is also what
   * happens before this is called. It is told why, in a sentence.
   */
  onOutputLost(act: (why: string) => boolean): void;
  /** The exit code that losing the output leads to; undefined where it was not lost. */
  readonly lostOutput: number | undefined;
  /** Whether that was told as an error already. */
  readonly toldOutputLost: boolean;
  /** When what was written has been passed on; nothing where no reader is slow. For a guest that writes here to wait for. */
  passedOn(): Promise<void> | undefined;
  /** A guest's own output, as it is where that goes to a file or a pipe of its own. `done` when it has been passed on. */
  guest(stream: "stdout" | "stderr", bytes: Uint8Array, done: () => void): void;
}

export type ShownError = Pick<WrunError, "code" | "message" | "next" | "exitCode"> & {
  readonly cause?: unknown;
};

export interface Progress {
  /** In bytes. */
  update(done: number, total: number): void;
  end(): void;
}

export interface TerminalOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly json: boolean;
}

/** 128 + SIGPIPE: what a shell says of a program whose reader has gone. */
const readerGone = 141;
const outputFailed = exitCodes.environment;

/** SGR codes, on and off. Node's own `styleText` looks at stdout, whichever stream the text is for. */
const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;
type Style = keyof typeof styles;

export function createTerminal({ stdout, stderr, env, json }: TerminalOptions): Terminal {
  const painter = (stream: NodeJS.WriteStream) => (style: Style, text: string) => {
    const [on, off] = styles[style];
    return stream.isTTY && !env["NO_COLOR"] ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };
  const [onOut, onErr] = [painter(stdout), painter(stderr)];
  const out = (text: string): void => void (json || stdout.write(`${text}\n`));
  // Whether the guest's last line, where our notes go as well, has not ended.
  let isCut = false;
  const guestLines = new GuestLines();
  const err = (text: string): void => {
    stderr.write(`${isCut ? "\n" : ""}${text}\n`);
    isCut = false;
    guestLines.begin();
  };
  const columns = (rows: readonly (readonly string[])[]): string[] => {
    const widths = (rows[0] ?? []).map((_, index) =>
      Math.max(...rows.map((row) => (row[index] ?? "").length)),
    );
    return rows.map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  };
  const guestStreams = { stdout: json ? stderr : stdout, stderr };
  const isOnePlace = goToOnePlace(guestStreams.stdout, stderr);
  const guestText = {
    stdout: new TextDecoder("utf-8"),
    stderr: new TextDecoder("utf-8"),
  };

  const failure = (error: ShownError): void => {
    err(`${onErr("red", `${lineForms.error.word}[${error.code}]`)}: ${indented(error.message)}`);
    err(lineOf("next", indented(error.next)));
    if (env["WRUN_DEBUG"] !== "1") return;
    for (const cause of causesOf(error)) err(onErr("dim", lineOf("cause", visibleLine(cause))));
  };

  let lostOutput: number | undefined;
  let toldOutputLost = false;
  let actOnLoss = (_why: string): boolean => false;
  const lose = (stream: "stdout" | "stderr") => (error: NodeJS.ErrnoException) => {
    if (lostOutput !== undefined) return;
    lostOutput = error.code === "EPIPE" ? readerGone : outputFailed;
    // A reader that is gone, as with `head`, has had enough: leave quietly. Anything else is told where that is possible.
    const lost = new WrunError("CLI_OUTPUT_FAILED", { stream, reason: error.code ?? error.message });
    const isGone = error.code === "EPIPE";
    toldOutputLost = !isGone && stream === "stdout";
    if (toldOutputLost) failure(lost);
    if (!actOnLoss(isGone ? "nobody takes its output any more" : lost.message)) process.exit(lostOutput);
  };
  stdout.on("error", lose("stdout"));
  stderr.on("error", lose("stderr"));

  return {
    json,
    get lostOutput() {
      return lostOutput;
    },
    get toldOutputLost() {
      return toldOutputLost;
    },
    onOutputLost: (act) => void (actOnLoss = act),
    passedOn() {
      const slow = [stdout, stderr].filter((stream) => stream.writableNeedDrain);
      if (slow.length === 0) return undefined;
      const taken = (stream: NodeJS.WriteStream): Promise<void> =>
        new Promise((resolve) => {
          for (const end of ["drain", "close", "error"]) stream.once(end, () => resolve());
        });
      return Promise.all(slow.map(taken)).then(() => undefined);
    },
    line: (text = "") => out(visibleLine(text)),
    heading: (text) => out(onOut("bold", visibleLine(text))),
    block: (text, indent = 0) => out(visible(text).replaceAll(/^(?=.)/gm, " ".repeat(indent))),
    table(rows) {
      const [head, ...body] = columns(rows.map((row) => row.map(visibleLine)));
      if (head !== undefined) out(onOut("bold", head));
      for (const row of body) out(row);
    },
    fields(pairs) {
      for (const row of columns(pairs.map(([name, value]) => [`${name}:`, visibleLine(value)]))) out(row);
    },
    value: (value) => void (json && stdout.write(`${jsonLine(value)}\n`)),
    check(mark, text, more = []) {
      const style = mark === "ok" ? "green" : mark === "warn" ? "yellow" : "red";
      out(`${onOut(style, mark.padEnd(4))}  ${[text, ...more].map(visibleLine).join("\n      ")}`);
    },
    note: (text) => err(lineOf("note", visibleLine(text))),
    aside: (run, asked) =>
      void ((asked || stderr.isTTY) && err(onErr("dim", lineOf("run", visibleLine(run))))),
    warn: (text) => err(lineOf("warning", visibleLine(text), (word) => onErr("yellow", word))),
    event: (form, text, more = []) =>
      err(
        lineOf(form, [visibleLine(text), ...more.map((line) => indented(`\n${visibleLine(line)}`))].join("")),
      ),
    error(error) {
      const { code, message, next, exitCode } = error;
      if (json) stdout.write(`${jsonLine({ error: { code, message, next, exitCode } })}\n`);
      failure(error);
    },
    failure,
    progress(doing, what) {
      const label = lineOf(doing, visibleLine(what));
      return stderr.isTTY ? bar(stderr, label) : lines(stderr, label);
    },
    guest(stream, bytes, done) {
      const target = guestStreams[stream];
      const isBesideOurs = stream === "stderr" || isOnePlace;
      if (bytes.length > 0 && isBesideOurs) isCut = bytes.at(-1) !== newline;
      const told = isBesideOurs ? guestLines.take(bytes) : bytes;
      // A file or a pipe gets the bytes. A terminal would obey them, and they are not trusted.
      const content = target.isTTY
        ? escapeControls(guestText[stream].decode(told, { stream: true }), /[\t\n\r]/)
        : told;
      target.write(content, () => done());
    },
  };
}

/** One terminal, or one file or pipe, as with `2>&1`. */
function goToOnePlace(one: NodeJS.WriteStream, other: NodeJS.WriteStream): boolean {
  if (one === other || (one.isTTY && other.isTTY)) return true;
  const [left, right] = [placeOf(one), placeOf(other)];
  return left !== undefined && left.dev === right?.dev && left.ino === right.ino;
}

/** Undefined of a stream that is none of this process's own. */
function placeOf(stream: NodeJS.WriteStream): Stats | undefined {
  return "fd" in stream && typeof stream.fd === "number" ? fstatSync(stream.fd) : undefined;
}

/** Redrawn in place, and gone at the end. */
function bar(stream: NodeJS.WriteStream, label: string): Progress {
  const width = 24;
  let drawn = 0;
  stream.write(label);
  return {
    update(done, total) {
      const now = Date.now();
      if (now - drawn < 100 && done < total) return;
      drawn = now;
      const share = total > 0 ? Math.min(1, done / total) : 0;
      const filled = Math.round(share * width);
      const picture = `${"=".repeat(filled)}${" ".repeat(width - filled)}`;
      stream.write(`\r\u001b[K${label} [${picture}] ${Math.floor(share * 100)}% of ${bytesText(total)}`);
    },
    end: () => void stream.write("\r\u001b[K"),
  };
}

function lines(stream: NodeJS.WriteStream, label: string): Progress {
  let size = 0;
  stream.write(`${label} …\n`);
  return {
    update(_, total) {
      size = total;
    },
    end: () => void (size > 0 && stream.write(`${label}: ${bytesText(size)}\n`)),
  };
}

export function bytesText(size: number): string {
  if (size < 1024) return `${size} B`;
  const units = ["KiB", "MiB", "GiB"];
  const power = Math.min(units.length, Math.floor(Math.log2(size) / 10));
  return `${(size / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** Text of several lines with everything escaped that could drive a terminal or turn the reading direction. */
function visible(text: string): string {
  return escapeControls(text, /\n/);
}

/**
 * Where only the first line begins like one of ours, whoever wrote the others. Those keep their indentation against each
 * other, so that YAML can be pasted; where all of them are indented already, nothing is changed.
 */
function indented(text: string): string {
  const shown = visible(text);
  return /\n(?! )/.test(shown) ? shown.replaceAll("\n", "\n  ") : shown;
}

/** A name that others chose, for a line that says more than the name: in quotes unless it is a plain one. */
export function quoted(name: string): string {
  return /^[!#-&*-[\]-~]+$/.test(name) ? name : JSON.stringify(name);
}

/** One line of it: for what others wrote, which must not begin a line that looks like ours. */
function visibleLine(text: string): string {
  return escapeControls(text, /(?!)/);
}

/** JSON leaves C1 controls and marks of reading direction as they are. Outside strings it has none of them. */
function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (found) =>
    Array.from(
      { length: found.length },
      (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

const newline = 0x0a;
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escapeControls(text: string, allowed: RegExp): string {
  return text.replace(unsafe, (found) =>
    allowed.test(found) ? found : `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function causesOf(error: { readonly cause?: unknown }): string[] {
  const found: string[] = [];
  let { cause } = error;
  while (cause !== undefined && found.length < 8) {
    found.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : JSON.stringify(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return found;
}
