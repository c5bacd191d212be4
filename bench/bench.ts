import type { Result } from "./measure/measurement.js";

/** `smoke` goes through everything once or twice, to see that it works; its numbers mean nothing. */
export type Effort = "full" | "smoke";

/** One measure: a row of the table in docs/performance.md. */
export interface Row {
  readonly name: string;
  measure(effort: Effort): Promise<Result>;
}

/** Rows that belong together. Each bench runs in a process of its own. */
export interface Bench {
  readonly name: string;
  readonly rows: readonly Row[];
}
