/** A command of a transcript, and what is to be seen when it is typed. */
export interface Step {
  /** One line, or several where it has a here-document. */
  readonly command: string;
  readonly exitCode: number;
  /** `…` within a line stands for anything, a line `…` for any number of lines. */
  readonly expected: readonly string[];
  /** In the page. */
  readonly line: number;
}

/** A fenced block of a page. */
export interface Fence {
  readonly language: string;
  readonly lines: readonly string[];
  /** Of its first line of content. */
  readonly line: number;
}

export function fencesOf(page: string): Fence[] {
  const fences: Fence[] = [];
  let open: { language: string; lines: string[]; line: number } | undefined;
  for (const [index, line] of page.split("\n").entries()) {
    const fence = /^```(\w*)(?:\s.*)?$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1] ?? "", lines: [], line: index + 2 };
    else {
      fences.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`the block in line ${open.line} does not end`);
  return fences;
}

/** The steps of all `console` blocks of a page, in order: `$ ` begins a command, what follows is its output. */
export function readTranscript(page: string): Step[] {
  return fencesOf(page)
    .filter(({ language }) => language === "console")
    .flatMap(readBlock);
}

function readBlock({ lines, line: first }: Fence): Step[] {
  const steps: { command: string; exitCode: number; expected: string[]; line: number }[] = [];
  let hereDocumentEnd: string | undefined;
  for (const [index, line] of lines.entries()) {
    const current = steps.at(-1);
    if (hereDocumentEnd !== undefined && current !== undefined) {
      current.command += `\n${line}`;
      if (line === hereDocumentEnd) hereDocumentEnd = undefined;
    } else if (line.startsWith("$ ")) {
      const exitCode = Number(/# exits (\d+)$/.exec(line)?.[1] ?? 0);
      hereDocumentEnd = /<<'(\w+)'/.exec(line)?.[1];
      steps.push({ command: line.slice(2), exitCode, expected: [], line: first + index });
    } else if (current === undefined) {
      throw new Error(`line ${first + index}: output without a command`);
    } else {
      current.expected.push(line);
    }
  }
  if (hereDocumentEnd !== undefined) throw new Error(`line ${first}: ${hereDocumentEnd} is missing`);
  return steps;
}

/** Whether the output is what the transcript says. */
export function matches(expected: readonly string[], actual: readonly string[]): boolean {
  const [wanted, ...rest] = expected;
  if (wanted === undefined) return actual.length === 0;
  if (wanted === "…")
    return matches(rest, actual) || (actual.length > 0 && matches(expected, actual.slice(1)));
  const [found, ...more] = actual;
  return found !== undefined && matchesLine(wanted, found) && matches(rest, more);
}

function matchesLine(expected: string, actual: string): boolean {
  const parts = expected.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "u").test(actual);
}
