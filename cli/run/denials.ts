import type { RunEvent } from "../../runtime/index.js";
import { quoted, type Terminal } from "../terminal.js";

type Denial = Omit<Extract<RunEvent, { type: "denied" }>, "type">;

export interface Denials {
  add(denial: Denial): void;
  /** Says how many there were beyond those that were printed. @param recorded how many are on record, if that is known */
  finish(recorded?: number): void;
  /** The first of them; a guest could make any number. */
  readonly listed: readonly Denial[];
  readonly count: number;
}

const printed = 20;

/** Says on stderr what was denied, with the manifest lines that would allow it; at length only the first few. */
export function createDenials(
  terminal: Terminal,
  /** Where flags grant: the one that would allow a call of this import. */
  flagFor: (imported: string) => string | undefined = () => undefined,
): Denials {
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
      const flag = rule === null ? flagFor(from) : undefined;
      const besides = flag === undefined ? [] : [`or, without a manifest, ${flag}`];
      // The lines of a reason are ours: what it quotes has none.
      const [why = "", ...lines] = reason.split("\n");
      terminal.event("denied", `${quoted(from)} ${quoted(called)}: ${why}`, [...lines, ...besides]);
    },
    finish(recorded = count) {
      // A guest that was ended from outside may have had more of them than it could tell.
      const more = recorded - listed.length;
      if (more > 0) {
        terminal.event(
          "denied",
          `${more} more ${more === 1 ? "call; it is" : "calls; they are"} in the lineage`,
        );
      }
    },
  };
}
