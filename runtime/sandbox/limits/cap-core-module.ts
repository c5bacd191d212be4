import { WrunError } from "../../errors/index.js";
import { CoreReader, encodeU32, malformed } from "./core-reader.js";

/** What a guest may hold at once. */
export interface ResourceCaps {
  /** Bytes of linear memory, over all memories of all core modules of the component. */
  readonly memoryBytes: number;
  /** Elements, over all tables. */
  readonly tableElements: number;
}

/** What is left of the caps as one module after the other is instantiated. */
export interface CapLedger {
  memoryPages: number;
  tableElements: number;
}

const pageBytes = 65_536;
const memorySection = 5;
const tableSection = 4;

export function createLedger(caps: ResourceCaps): CapLedger {
  return { memoryPages: Math.floor(caps.memoryBytes / pageBytes), tableElements: caps.tableElements };
}

/**
 * Lowers the maximum of every memory and table that a core module defines, so that `memory.grow` and `table.grow`
 * answer -1 at the cap; the engine enforces it. Each definition takes its initial size out of the ledger and may grow
 * into what is then left, so that a module with one memory gets all of it. A component whose modules start with more
 * than the caps is refused.
 *
 * Shared and 64-bit memories and tables are refused: they are outside what a run can be held to.
 *
 * @throws WrunError `LIMIT_BELOW_INITIAL`, `CORE_FEATURE_REFUSED`, `CORE_MODULE_MALFORMED`
 */
export function capCoreModule(bytes: Uint8Array, ledger: CapLedger): Uint8Array {
  const reader = new CoreReader(bytes);
  reader.skip(8);
  const parts: Uint8Array[] = [reader.slice(0, 8)];
  while (!reader.done) {
    const start = reader.position;
    const id = reader.byte();
    const content = reader.section(reader.u32());
    const rewritten =
      id === memorySection
        ? capMemories(content, ledger)
        : id === tableSection
          ? capTables(content, ledger)
          : undefined;
    parts.push(rewritten === undefined ? reader.slice(start, reader.position) : frame(id, rewritten));
  }
  return Buffer.concat(parts);
}

function frame(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(id, ...encodeU32(content.length)), content]);
}

interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

function readLimits(reader: CoreReader, what: string): Limits {
  const flags = reader.byte();
  if (flags > 1) throw new WrunError("CORE_FEATURE_REFUSED", { feature: `a shared or 64-bit ${what}` });
  const min = reader.u32();
  return { min, max: flags === 1 ? reader.u32() : undefined };
}

function writeLimits(limits: Limits, max: number): number[] {
  return [1, ...encodeU32(limits.min), ...encodeU32(Math.min(limits.max ?? max, max))];
}

function capMemories(reader: CoreReader, ledger: CapLedger): Uint8Array {
  const count = reader.u32();
  const out = encodeU32(count);
  for (let index = 0; index < count; index += 1) {
    const limits = readLimits(reader, "memory");
    if (limits.min > ledger.memoryPages) {
      throw new WrunError("LIMIT_BELOW_INITIAL", {
        limit: "memory",
        asked: `${limits.min * pageBytes} bytes`,
        left: `${ledger.memoryPages * pageBytes} bytes`,
      });
    }
    out.push(...writeLimits(limits, ledger.memoryPages));
    ledger.memoryPages -= limits.min;
  }
  if (!reader.done) throw malformed("has bytes after its memories");
  return Uint8Array.from(out);
}

function capTables(reader: CoreReader, ledger: CapLedger): Uint8Array {
  const count = reader.u32();
  const parts: Uint8Array[] = [Uint8Array.from(encodeU32(count))];
  for (let index = 0; index < count; index += 1) {
    const start = reader.position;
    const prefix = reader.byte();
    // 0x40 0x00 introduces a table with an initializer, an expression of unknown length that would have to be parsed.
    // 0x63 and 0x64 are typed references with a heap type after them.
    if (prefix !== 0x70 && prefix !== 0x6f) {
      throw new WrunError("CORE_FEATURE_REFUSED", { feature: "a table of typed references" });
    }
    const limits = readLimits(reader, "table");
    if (limits.min > ledger.tableElements) {
      throw new WrunError("LIMIT_BELOW_INITIAL", {
        limit: "tables",
        asked: `${limits.min} elements`,
        left: `${ledger.tableElements} elements`,
      });
    }
    parts.push(reader.slice(start, start + 1), Uint8Array.from(writeLimits(limits, ledger.tableElements)));
    ledger.tableElements -= limits.min;
  }
  if (!reader.done) throw malformed("has bytes after its tables");
  return Buffer.concat(parts);
}
