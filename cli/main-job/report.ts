import { styleText } from "node:util";

/** What the main job prints: a heading a chapter, a line a fact, and a table of what was shown at the end. */
export interface Reporter {
  chapter(title: string): void;
  say(line: string): void;
  /** A thing that was to be shown. It counts as shown only if `behaved`; the end of the command depends on it. */
  shown(what: string, behaved: boolean, evidence: string): void;
  failed(what: string, next: string): void;
  /** Prints the table; whether everything behaved, and something was shown at all. */
  table(): boolean;
}

interface Row {
  readonly what: string;
  readonly behaved: boolean;
  readonly evidence: string;
}

/** How many things the main job sets out to show; fewer means that it broke off. */
const expectedRows = 14;
/** The lines above the table have all of it. */
const evidenceWidth = 72;

export function createReporter(out: NodeJS.WriteStream): Reporter {
  const rows: Row[] = [];
  const started = process.hrtime.bigint();
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    out.isTTY ? styleText(format, text) : text;
  const line = (text: string): void => void out.write(`${text}\n`);

  return {
    chapter: (title) => line(`\n${paint("bold", title)}`),
    say: (text) => {
      for (const part of text.trimEnd().split("\n")) line(`  ${part}`);
    },
    shown(what, behaved, evidence) {
      rows.push({ what, behaved, evidence });
      const mark = behaved ? paint("green", "ok") : paint("red", "NOT AS IT SHOULD BE");
      line(`  ${mark}  ${what}: ${evidence}`);
    },
    failed(what, next) {
      rows.push({ what: "the main job goes through", behaved: false, evidence: what });
      line(`\n${paint("red", "broke off")}: ${what}\n  next: ${next}`);
    },
    table() {
      const width = Math.max(...rows.map(({ what }) => what.length), 0);
      line(`\n${paint("bold", "What was shown")}`);
      for (const { what, behaved, evidence } of rows) {
        line(
          `  ${behaved ? paint("green", "yes") : paint("red", "NO ")}  ${what.padEnd(width)}  ${shorten(evidence)}`,
        );
      }
      const good = rows.filter(({ behaved }) => behaved).length;
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      line(`  ${good} of ${expectedRows} in ${seconds.toFixed(1)} s`);
      return good === expectedRows && rows.length === expectedRows;
    },
  };
}

function shorten(text: string): string {
  return text.length <= evidenceWidth ? text : `${text.slice(0, evidenceWidth - 1)}…`;
}
