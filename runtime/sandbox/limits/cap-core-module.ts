import { WrunError } from "../../errors/index.js";
import { CoreReader, encodeU32, malformed } from "./core-reader.js";

/** What a guest may hold at once. */
export interface ResourceCaps {
  /** Bytes of linear memory, over all memories of all core modules of the component. */
  readonly memoryBytes: number;
  /** Elements, over all tables. */
  readonly tableElements: number;
}

export interface CappedModules {
  readonly modules: ReadonlyMap<string, Uint8Array>;
  /** What all memories of all instances can grow to, together. */
  readonly linearBytes: number;
}

const pageBytes = 65_536;
const memorySection = 5;
const tableSection = 4;
const functionReference = 0x70;
const externalReference = 0x6f;

/**
 * Lowers the maximum of every memory and table that the core modules of a component define, so that `memory.grow` and
 * `table.grow` answer -1 at the cap; the engine enforces it. Each definition keeps its initial size, and what is then
 * left of a cap is shared out evenly, so that all of them together stay below it and a component with one memory gets
 * all of it. A component that starts with more than the caps is refused before any of it is compiled.
 *
 * Shared and 64-bit memories and tables are refused: they are outside what a run can be held to.
 *
 * @param instances how often each module is instantiated; each instance has memories and tables of its own
 * @throws WrunError `LIMIT_BELOW_INITIAL`, `CORE_FEATURE_REFUSED`, `CORE_MODULE_MALFORMED`
 */
export function capCoreModules(
  modules: ReadonlyMap<string, Uint8Array>,
  instances: ReadonlyMap<string, number>,
  caps: ResourceCaps,
): CappedModules {
  const memories = createShares(
    "memory",
    Math.floor(caps.memoryBytes / pageBytes),
    (pages) => `${pages * pageBytes} bytes`,
  );
  const tables = createShares("tables", caps.tableElements, (elements) => `${elements} elements`);
  for (const [name, bytes] of modules) {
    const times = instances.get(name) ?? 0;
    rewrite(bytes, memories.count(times), tables.count(times));
  }
  const capped = [...modules].map(([name, bytes]) => {
    const times = instances.get(name) ?? 0;
    return [name, rewrite(bytes, memories.grant(times), tables.grant(times))] as const;
  });
  return { modules: new Map(capped), linearBytes: memories.granted() * pageBytes };
}

/** What becomes of one definition's limits. */
type Decide = (limits: Limits) => Limits;

interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

function createShares(
  what: string,
  cap: number,
  show: (amount: number) => string,
): { count: (times: number) => Decide; grant: (times: number) => Decide; granted: () => number } {
  let definitions = 0;
  let initial = 0;
  let granted = 0;
  return {
    count: (times) => (limits) => {
      definitions += times;
      initial += limits.min * times;
      if (initial > cap) {
        throw new WrunError("LIMIT_BELOW_INITIAL", { limit: what, asked: show(initial), left: show(cap) });
      }
      return limits;
    },
    grant:
      (times) =>
      ({ min, max }) => {
        // Without a definition that is instantiated there is nothing to share out, and nobody to grow.
        const most = min + (definitions === 0 ? 0 : Math.floor((cap - initial) / definitions));
        const capped = Math.min(max ?? most, most);
        granted += capped * times;
        return { min, max: capped };
      },
    granted: () => granted,
  };
}

function rewrite(bytes: Uint8Array, memory: Decide, table: Decide): Uint8Array {
  const reader = new CoreReader(bytes);
  reader.skip(8);
  const parts: Uint8Array[] = [reader.slice(0, 8)];
  while (!reader.done) {
    const start = reader.position;
    const id = reader.byte();
    const content = reader.section(reader.u32());
    if (id === memorySection) parts.push(frame(id, rewriteMemories(content, memory)));
    else if (id === tableSection) parts.push(frame(id, rewriteTables(content, table)));
    else parts.push(reader.slice(start, reader.position));
  }
  return Buffer.concat(parts);
}

function frame(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(id, ...encodeU32(content.length)), content]);
}

function readLimits(reader: CoreReader, what: string): Limits {
  const flags = reader.byte();
  if (flags > 1) throw new WrunError("CORE_FEATURE_REFUSED", { feature: `a shared or 64-bit ${what}` });
  const min = reader.u32();
  return { min, max: flags === 1 ? reader.u32() : undefined };
}

function writeLimits({ min, max }: Limits): number[] {
  return max === undefined ? [0, ...encodeU32(min)] : [1, ...encodeU32(min), ...encodeU32(max)];
}

function rewriteMemories(reader: CoreReader, decide: Decide): Uint8Array {
  const count = reader.u32();
  const out = encodeU32(count);
  for (let index = 0; index < count; index += 1)
    out.push(...writeLimits(decide(readLimits(reader, "memory"))));
  if (!reader.done) throw malformed("has bytes after its memories");
  return Uint8Array.from(out);
}

function rewriteTables(reader: CoreReader, decide: Decide): Uint8Array {
  const count = reader.u32();
  const out = encodeU32(count);
  for (let index = 0; index < count; index += 1) {
    const type = reader.byte();
    // 0x40 introduces a table with an initializer, an expression of unknown length that would have to be parsed;
    // 0x63 and 0x64 are typed references with a heap type after them.
    if (type !== functionReference && type !== externalReference) {
      throw new WrunError("CORE_FEATURE_REFUSED", { feature: "a table of typed references" });
    }
    out.push(type, ...writeLimits(decide(readLimits(reader, "table"))));
  }
  if (!reader.done) throw malformed("has bytes after its tables");
  return Uint8Array.from(out);
}
