import type { Bench } from "./bench.js";

export interface Selection {
  readonly bench: string;
  /** None: all of the bench's. */
  readonly rows: readonly string[];
}

/** What names on the command line mean; a sentence where one of them means nothing. */
export function select(benches: readonly Bench[], names: readonly string[]): readonly Selection[] | string {
  if (names.length === 0) return benches.map(({ name }) => ({ bench: name, rows: [] }));
  const rows = new Map<string, string[]>();
  for (const name of names) {
    const [benchName = "", rowName] = name.split("/");
    const bench = benches.find((candidate) => candidate.name === benchName);
    const known = rowName === undefined || bench?.rows.some((row) => row.name === rowName) === true;
    if (bench === undefined || !known) return `there is no '${name}'; ${describe(benches)}`;
    const sofar = rows.get(benchName);
    // A bench that is named as a whole stays whole.
    if (rowName === undefined) rows.set(benchName, []);
    else if (sofar === undefined) rows.set(benchName, [rowName]);
    else if (sofar.length > 0) sofar.push(rowName);
  }
  return [...rows].map(([bench, only]) => ({ bench, rows: only }));
}

function describe(benches: readonly Bench[]): string {
  return `there are ${benches.map(({ name, rows }) => `${name} (${rows.map((row) => row.name).join(", ")})`).join("; ")}`;
}
