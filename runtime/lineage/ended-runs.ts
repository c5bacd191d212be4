import * as fs from "node:fs";
import { openForReading } from "./run-folder.js";
import { isRunId } from "./run-id.js";
import type { RunId } from "./types.js";

/**
 * Runs that a start of this node found sealed, so that the next one need not look again: their number grows, and a start
 * should not take longer for it. A file in the home, out of the lineage folder: one id a line. It says what need not be
 * recovered and nothing else; what holds of a run is what `verifyRun` finds. Lines that are no ids, as power loss leaves
 * them, are not there, and where the file cannot be read or written every run is looked at.
 */
export class EndedRuns {
  readonly #path: string;
  readonly #ids: Set<string>;
  readonly #found: RunId[] = [];

  constructor(path: string) {
    this.#path = path;
    this.#ids = new Set(readLines(path));
  }

  has(runId: RunId): boolean {
    return this.#ids.has(runId);
  }

  add(runId: RunId): void {
    this.#found.push(runId);
  }

  /** Keeps what was added. Many processes may do so at once: each appends whole lines. */
  keep(): void {
    if (this.#found.length === 0) return;
    try {
      // Begins a line of its own, whatever the file ends with.
      fs.appendFileSync(this.#path, `\n${this.#found.join("\n")}\n`, { mode: 0o600 });
    } catch {
      // The next start looks at them again.
    }
  }
}

function readLines(path: string): readonly string[] {
  try {
    const fd = openForReading(path);
    try {
      return fs.readFileSync(fd, "latin1").split("\n").filter(isRunId);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return [];
  }
}
