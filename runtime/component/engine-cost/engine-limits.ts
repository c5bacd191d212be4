import type { WrunError } from "../../errors/index.js";
import { tooComplex } from "../decode/byte-reader.js";

/**
 * What a core module may cost the engine that compiles it. Engines take time and memory that grow with the square of some
 * of these, and while they compile one function nothing can stop them. The largest programs that we know (a JavaScript
 * engine, SQLite, DuckDB, Go's and Rust's compilers' output) stay below each; `docs/limits.md` has the numbers.
 */
export const functionLimits = {
  /** Bytes of its code. */
  bytes: 1024 * 1024,
  /** Parameters and locals. */
  locals: 5_000,
  /** Blocks in blocks. */
  depth: 5_000,
  loops: 1_000,
  /** Loops in loops. */
  loopDepth: 40,
  /** Branches that are taken or not. */
  conditions: 7_000,
  /** Branches that meet at the end of one block, or at the start of one loop. */
  meeting: 2_500,
  /** Calls through a table or a reference. */
  indirectCalls: 2_000,
  /** Everything that costs in proportion, in the units of `work.ts`. */
  work: 4_000_000,
} as const;

/** Parameters of a function type, and results: calls with very many take the engine as long as thousands of others. */
export const mostValues = 200;

/** Over all core modules of a component. */
export const codeLimits = {
  /** Bytes of code. */
  bytes: 48 * 1024 * 1024,
  /** What the engine makes of all functions stays in memory: some bytes a unit, however few bytes of code have them. */
  work: 330_000_000,
  functions: 200_000,
  types: 10_000,
  imports: 10_000,
  exports: 100_000,
  globals: 100_000,
  tables: 1_000,
  tags: 1_000,
  "segments of elements": 10_000,
  "segments of data": 100_000,
} as const;

/** Of the JavaScript that links a component, in bytes. */
export const mostGlueBytes = 8 * 1024 * 1024;

/** @param offset in the component's file, in bytes */
export function tooCostly(offset: number, reason: string): WrunError {
  return tooComplex(offset, reason);
}
