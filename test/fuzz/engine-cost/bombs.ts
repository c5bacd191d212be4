/*
 * Core modules that make an engine work far more than their size suggests, one way each. `width` is what is carried along
 * (locals, mostly), `count` how often. `test/component/engine-cost` sees that they are refused, `worst-module.ts` looks for
 * the worst that is not.
 */

const i32 = 0x7f;
const end = 0x0b;
const nothing = 0x40;
const [block, loop, iff, tryBlock] = [0x02, 0x03, 0x04, 0x06];

export type Bomb = (width: number, count: number) => Uint8Array;

function leb(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    out.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    rest >>>= 7;
  } while (rest > 0);
  return out;
}

/** A signed number that is not negative. */
function positive(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest > 0x3f; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  return [...out, rest];
}

const get = (local: number): number[] => [0x20, ...leb(local)];
const set = (local: number): number[] => [0x21, ...leb(local)];
const constant = (value: number): number[] => [0x41, ...positive(value)];
const branch = (label: number): number[] => [0x0c, ...leb(label)];
const branchIf = (label: number): number[] => [0x0d, ...leb(label)];

function times(count: number, part: number[] | ((index: number) => number[])): Buffer {
  if (typeof part !== "function") return Buffer.alloc(part.length * count, Buffer.from(part));
  return Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.from(part(index))));
}

type Part = number[] | Buffer;

const join = (...parts: Part[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)));

function section(id: number, ...content: Part[]): Buffer {
  const all = join(...content);
  return join([id], leb(all.length), all);
}

const functionType = (params: number, results: number): Buffer =>
  join([0x60], leb(params), times(params, [i32]), leb(results), times(results, [i32]));

/** Two types: (i32) -> (), and one of `wide` parameters and results; a memory, a table, a tag; function 0 is the bomb. */
export function moduleOf(body: Buffer, locals: number, wide = 0, functions = 1): Buffer {
  const code = join([1], leb(locals), [i32], body, [end]);
  return join(
    Buffer.from("0061736d01000000", "hex"),
    section(1, [3], functionType(1, 0), functionType(wide, wide), functionType(0, 0)),
    section(3, leb(functions + 2), times(functions, [0]), [1, 2]),
    section(4, [1, 0x70, 0, 1]),
    section(5, [1, 0, 1]),
    section(13, [1, 0, 2]),
    section(7, [1, 1, 0x66, 0, 0]),
    section(
      10,
      leb(functions + 2),
      ...Array.from({ length: functions }, () => [...leb(code.length)]).flatMap((length) => [length, code]),
      leb(wide * 0 + 3),
      [0, 0x00, end],
      [2, 0, end],
    ),
  );
}

const one = (body: Buffer, locals: number, wide?: number): Buffer => moduleOf(body, locals, wide);

/** The locals in turn. */
const localFor = (index: number, width: number): number => 1 + (index % Math.max(width, 1));
const change = (local: number): readonly number[] => [...get(local), ...get(0), 0x6a, ...set(local)];

/** All locals have values that are known to nobody. */
const fill = (width: number): Buffer =>
  times(Math.min(width, 2000), (index) => [...get(0), ...constant(index), 0x6a, ...set(1 + index)]);
/** They are all used. */
const use = (width: number): Buffer =>
  join(
    constant(0),
    times(Math.min(width, 2000), (index) => [...get(1 + index), 0x6a]),
    set(0),
  );

export const bombs: Readonly<Record<string, Bomb>> = {
  "loops in a row": (width, count) => one(times(count, [loop, nothing, end]), width),
  "loops that go round": (width, count) =>
    one(join(fill(width), times(count, [loop, nothing, ...get(0), ...branchIf(0), end]), use(width)), width),
  "loops in loops": (width, count) =>
    one(
      join(
        fill(width),
        times(count, [loop, nothing]),
        times(count, [...get(0), ...branchIf(0), end]),
        use(width),
      ),
      width,
    ),
  "loops that change locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => {
          const local = localFor(index, width);
          return [loop, nothing, ...change(local), ...get(local), ...branchIf(0), end];
        }),
        use(width),
      ),
      width + 1,
    ),
  "loops in loops that change locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, [loop, nothing]),
        times(count, (index) => {
          const local = localFor(index, width);
          return [...change(local), ...get(local), ...branchIf(0), end];
        }),
        use(width),
      ),
      width + 1,
    ),
  "branches out of loops": (width, count) =>
    one(
      join(
        fill(width),
        [block, nothing],
        times(width, [loop, nothing]),
        times(count, [...get(0), ...branchIf(width)]),
        times(width, [end]),
        [end],
        use(width),
      ),
      width,
    ),
  "branches out of few loops": (width, count) =>
    one(
      join(
        fill(width),
        [block, nothing],
        times(8, [loop, nothing]),
        times(count, [...get(0), ...branchIf(8)]),
        times(8, [...get(0), ...branchIf(0), end]),
        [end],
        use(width),
      ),
      width,
    ),
  conditions: (width, count) =>
    one(join(fill(width), times(count, [...get(0), iff, nothing, end]), use(width)), width),
  "conditions that change locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => {
          const local = localFor(index, width);
          return [...get(local), iff, nothing, ...change(local), end];
        }),
        use(width),
      ),
      width + 1,
    ),
  "conditions in conditions": (width, count) =>
    one(
      join(
        fill(width),
        times(count, [...get(0), iff, nothing]),
        times(count, (index) => {
          const local = localFor(index, width);
          return [...change(local), end];
        }),
        use(width),
      ),
      width + 1,
    ),
  "branches to one block": (width, count) =>
    one(
      join(
        fill(width),
        [block, nothing],
        times(count, (index) => {
          const local = localFor(index, width);
          return [...change(local), ...get(local), ...branchIf(0)];
        }),
        [end],
        use(width),
      ),
      width + 1,
    ),
  "a table of branches to one block": (width, count) =>
    one(
      join(
        fill(width),
        [block, nothing],
        get(0),
        [0x0e],
        leb(count),
        times(count + 1, [0]),
        [end],
        use(width),
      ),
      width,
    ),
  "tables of branches to one block": (width, count) =>
    one(
      join(
        fill(width),
        [block, nothing],
        times(count, [
          block,
          nothing,
          ...get(0),
          0x0e,
          ...leb(100),
          ...times(101, (index) => [index & 1]),
          end,
        ]),
        [end],
        use(width),
      ),
      width,
    ),
  "a table of branches to many blocks": (width, count) =>
    one(
      join(
        fill(width),
        times(count, [block, nothing]),
        get(0),
        [0x0e],
        leb(count - 1),
        times(count, leb),
        times(count, (index) => {
          const local = localFor(index, width);
          return [end, ...change(local)];
        }),
        use(width),
      ),
      width + 1,
    ),
  "a loop around a table of branches": (width, count) =>
    one(
      join(
        fill(width),
        [loop, nothing],
        times(count, [block, nothing]),
        get(0),
        [0x0e],
        leb(count - 1),
        times(count, leb),
        times(count, (index) => {
          const local = localFor(index, width);
          return [end, ...change(local), ...get(local), ...branchIf(count - 1 - index)];
        }),
        [end],
        use(width),
      ),
      width + 1,
    ),
  "calls in a try": (width, count) =>
    one(join(fill(width), [tryBlock, nothing], times(count, [0x10, 2]), [0x19, end], use(width)), width),
  "calls in a try that change locals": (width, count) =>
    one(
      join(
        fill(width),
        [tryBlock, nothing],
        times(count, (index) => {
          const local = localFor(index, width);
          return [0x10, 2, ...change(local)];
        }),
        [0x19, end],
        use(width),
      ),
      width + 1,
    ),
  "tries in tries": (width, count) =>
    one(
      join(
        fill(width),
        times(count, [tryBlock, nothing]),
        [0x10, 2],
        times(count, [0x19, 0x10, 2, end]),
        use(width),
      ),
      width,
    ),
  "tries in a row": (width, count) =>
    one(join(fill(width), times(count, [tryBlock, nothing, 0x10, 2, 0x19, end]), use(width)), width),
  "calls with many values": (width, count) => {
    const wide = Math.min(width, 200);
    return moduleOf(join(times(wide, get(0)), times(count, [0x10, 1]), times(wide, [0x1a])), 0, wide);
  },
  "blocks with many values": (width, count) => {
    const wide = Math.min(width, 200);
    return moduleOf(join(times(wide, get(0)), times(count, [block, 1, end]), times(wide, [0x1a])), 0, wide);
  },
  "loops with many values": (width, count) => {
    const wide = Math.min(width, 200);
    return moduleOf(
      join(times(wide, get(0)), times(count, [loop, 1, ...get(0), ...branchIf(0), end]), times(wide, [0x1a])),
      0,
      wide,
    );
  },
  "branches with many values": (width, count) => {
    const wide = Math.min(width, 200);
    return moduleOf(
      join(
        times(wide, get(0)),
        [block, 1],
        times(count, [...get(0), ...branchIf(0)]),
        [end],
        times(wide, [0x1a]),
      ),
      0,
      wide,
    );
  },
  "values under conditions": (width, count) =>
    one(
      join(
        times(width, (index) => [...get(0), ...constant(index), 0x6a]),
        times(count, [...get(0), iff, nothing, 0x10, 2, end]),
        times(width, [0x1a]),
      ),
      1,
    ),
  "values under loops": (width, count) =>
    one(
      join(
        times(width, (index) => [...get(0), ...constant(index), 0x6a]),
        times(count, [loop, nothing, ...get(0), ...branchIf(0), end]),
        times(width - 1, [0x6a]),
        set(0),
      ),
      1,
    ),
  "many values at once": (width, count) =>
    one(
      join(
        times(count, (index) => [...get(0), ...constant(index), 0x6a]),
        times(count - 1, [0x6a]),
        set(0),
      ),
      width,
    ),
  arithmetic: (width, count) =>
    one(
      join(
        get(0),
        times(count, (index) => [...get(index % (width + 1)), 0x6a]),
        set(0),
      ),
      width,
    ),
  constants: (_, count) =>
    one(
      join(
        get(0),
        times(count, (index) => [...constant(1_000_000 + index), 0x73]),
        set(0),
      ),
      1,
    ),
  "a chain that conditions use": (_, count) =>
    one(
      join(
        times(count, [
          ...get(1),
          ...get(0),
          0x6a,
          ...set(1),
          ...get(0),
          iff,
          nothing,
          ...get(0),
          ...get(1),
          0x36,
          2,
          0,
          end,
        ]),
      ),
      1,
    ),
  "a chain that later conditions use": (width, count) =>
    one(
      join(
        times(width, (index) => [...get(index), ...get(0), 0x6c, ...set(1 + index)]),
        times(count, (index) => [
          ...get(0),
          iff,
          nothing,
          ...get(0),
          ...get(1 + (index % width)),
          0x36,
          2,
          0,
          end,
        ]),
      ),
      width + 1,
    ),
  divisions: (_, count) => one(join(get(0), times(count, [...get(0), 0x6d]), set(0)), 1),
  loads: (_, count) => one(join(get(0), times(count, [0x28, 2, 0]), set(0)), 1),
  stores: (_, count) => one(times(count, [...get(0), ...get(0), 0x36, 2, 0]), 1),
  "indirect calls": (_, count) => one(times(count, [...get(0), 0x11, 2, 0]), 1),
  calls: (_, count) => one(times(count, [0x10, 2]), 1),
  choices: (_, count) => one(join(get(0), times(count, [...get(0), ...get(0), 0x1b]), set(0)), 1),
  conversions: (_, count) => one(join(get(0), times(count, [0xb7, 0xaa]), set(0)), 1),
  roundings: (_, count) => one(join(get(0), [0xb7], times(count, [0x9b]), [0xaa], set(0)), 1),
  "bit counts": (_, count) => one(join(get(0), times(count, [0x69]), set(0)), 1),
  shuffles: (_, count) =>
    one(
      join(
        get(0),
        [0xfd, 0x0f],
        times(count, [...get(0), 0xfd, 0x0f, 0xfd, 0x0d, ...times(16, (index) => [(index * 7) % 32])]),
        [0xfd, 0x15, 0],
        set(0),
      ),
      1,
    ),
  "vector products": (_, count) =>
    one(
      join(
        get(0),
        [0xfd, 0x0f],
        times(count, [...get(0), 0xfd, 0x0f, 0xfd, 0xd5, 1]),
        [0xfd, 0x15, 0],
        set(0),
      ),
      1,
    ),
  "bulk memory": (_, count) => one(times(count, [...get(0), ...get(0), ...get(0), 0xfc, 0x0a, 0, 0]), 1),
  growing: (_, count) => one(times(count, [...get(0), 0x40, 0, 0x1a]), 1),
  "jumps over nothing": (_, count) => one(times(count, [block, nothing, ...branch(0), end]), 1),
  returns: (_, count) => one(times(count, [...get(0), iff, nothing, 0x0f, end]), 1),
  traps: (_, count) => one(times(count, [...get(0), iff, nothing, 0x00, end]), 1),
};
