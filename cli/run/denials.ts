import type { RunEvent } from "../../runtime/index.js";
import type { Terminal } from "../terminal.js";

type Denial = Omit<Extract<RunEvent, { type: "denied" }>, "type">;

export interface Denials {
  add(denial: Denial): void;
  /** How many there were beyond those that were printed. */
  finish(): void;
  /** The first of them; a guest could make any number. */
  readonly listed: readonly Denial[];
  readonly count: number;
}

const printed = 20;

/** Says on stderr what was denied, with the manifest lines that would allow it; at length only the first few. */
export function createDenials(terminal: Terminal): Denials {
  const listed: Denial[] = [];
  let count = 0;
  return {
    listed,
    get count() {
      return count;
    },
    add({ import: from, function: called, rule, reason }) {
      count += 1;
      if (count > printed) return;
      listed.push({ import: from, function: called, rule, reason });
      terminal.note(`denied ${from} ${called}: ${reason.replaceAll("\n", "\n    ")}`);
    },
    finish() {
      if (count > printed) terminal.note(`denied ${count - printed} more calls; they are in the lineage`);
    },
  };
}
