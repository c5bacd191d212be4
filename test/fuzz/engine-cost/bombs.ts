/*
 * Core modules that make an engine work far more than their size suggests, one way each. `width` is what is carried along
 * (locals, mostly), `count` how often. `test/component/engine-cost` sees that they are refused, `worst-module.ts` looks for
 * the worst that is not.
 */

const [i32, v128] = [0x7f, 0x7b];
const end = 0x0b;
const nothing = 0x40;
const [block, loop, iff, tryBlock] = [0x02, 0x03, 0x04, 0x06];

/** The code of a function, with its locals beside its one parameter; function type 1 takes and gives `wide` values. */
export interface CostlyCode {
  readonly body: Buffer;
  readonly locals: number;
  readonly wide: number;
}

export type Shape = (width: number, count: number) => CostlyCode;
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

/** The code of functions that do nothing. */
const traps = [0, 0x00, end];
const empty = [0, end];

function section(id: number, ...content: Part[]): Buffer {
  const all = join(...content);
  return join([id], leb(all.length), all);
}

const functionType = (params: number, results: number): Buffer =>
  join([0x60], leb(params), times(params, [i32]), leb(results), times(results, [i32]));

/**
 * Function 0 is the costly one, 1 takes and gives `wide` values, 2 takes and gives none, and the others are copies of the
 * first. There are a memory, a table, a
 * global, a passive segment of elements, and tags of no value and of `wide` vectors.
 */
export function moduleOf({ body, locals, wide }: CostlyCode, copies = 1): Buffer {
  // What nobody uses is left out by compilers.
  const code = join([1], leb(locals), [i32], body, get(0), get(0), [0x36, 2, 0, end]);
  const costly = join(leb(code.length), code);
  return join(
    Buffer.from("0061736d01000000", "hex"),
    section(
      1,
      [4],
      functionType(1, 0),
      functionType(wide, wide),
      functionType(0, 0),
      join([0x60], leb(wide), times(wide, [v128]), [0]),
    ),
    section(3, leb(copies + 2), [0, 1, 2], Buffer.alloc(copies - 1)),
    section(4, [1, 0x70, 0, 1]),
    section(5, [1, 0, 1]),
    section(13, [2, 0, 2, 0, 3]),
    section(6, [1, i32, 1, 0x41, 0, end]),
    section(7, [1, 1, 0x66, 0, 0]),
    section(9, [1, 3, 0, 1, 0]),
    section(
      10,
      leb(copies + 2),
      costly,
      [traps.length, ...traps, empty.length, ...empty],
      ...Array.from({ length: copies - 1 }, () => costly),
    ),
  );
}

const one = (body: Buffer, locals: number, wide = 0): CostlyCode => ({ body, locals, wide });

/** One after the other in one function. */
export function both(first: CostlyCode, second: CostlyCode): CostlyCode {
  return {
    body: join(first.body, second.body),
    locals: Math.max(first.locals, second.locals),
    wide: Math.max(first.wide, second.wide),
  };
}

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

/** Each local gets the value of the next. */
function rotate(width: number): Buffer {
  return join(
    times(width, (index) => get(1 + index)),
    set(width),
    times(width - 1, (index) => set(width - 1 - index)),
  );
}

/** Values that are made once and are used, `each` of them in turn, beside each of the parts. */
function usedAcross(
  width: number,
  count: number,
  each: number,
  part: (uses: number[]) => number[],
): CostlyCode {
  const uses = (start: number): number[] => [
    ...times(each, (index) => [...get(0), ...get(1 + ((start * each + index) % width)), 0x36, 2, 0]),
  ];
  return one(
    join(
      times(width, (index) => [...get(index), ...get(0), 0x6c, ...set(1 + index)]),
      times(count, (index) => part(uses(index))),
    ),
    width + 1,
  );
}

const zeroVector = [...get(0), 0xfd, 0x0f];
const toScalar = [0xfd, 0x15, 0, ...set(0)];

export const shapes: Readonly<Record<string, Shape>> = {
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
    return one(join(times(wide, get(0)), times(count, [0x10, 1]), times(wide, [0x1a])), 0, wide);
  },
  "blocks with many values": (width, count) => {
    const wide = Math.min(width, 200);
    return one(join(times(wide, get(0)), times(count, [block, 1, end]), times(wide, [0x1a])), 0, wide);
  },
  "loops with many values": (width, count) => {
    const wide = Math.min(width, 200);
    return one(
      join(times(wide, get(0)), times(count, [loop, 1, ...get(0), ...branchIf(0), end]), times(wide, [0x1a])),
      0,
      wide,
    );
  },
  "branches with many values": (width, count) => {
    const wide = Math.min(width, 200);
    return one(
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
  "values that all conditions use": (width, count) =>
    usedAcross(width, count, 20, (uses) => [...get(0), iff, nothing, ...uses, end]),
  "values that few conditions use": (width, count) =>
    usedAcross(width, count, 10, (uses) => [...get(0), iff, nothing, ...uses, end]),
  "values used between branches": (width, count) =>
    usedAcross(width, count, 20, (uses) => [block, nothing, ...get(0), ...branchIf(0), end, ...uses]),
  "values used between tables of branches": (width, count) =>
    usedAcross(width, count, 20, (uses) => [block, nothing, ...get(0), 0x0e, 1, 0, 0, end, ...uses]),
  "values used between choices": (width, count) =>
    usedAcross(width, count, 5, (uses) => [...get(0), ...get(1), ...get(0), 0x1b, ...set(0), ...uses]),
  "values used between divisions": (width, count) =>
    usedAcross(width, count, 20, (uses) => [...get(0), ...get(1), 0x6d, ...set(0), ...uses]),
  "values used between conversions": (width, count) =>
    usedAcross(width, count, 5, (uses) => [...get(0), 0xb7, 0xaa, ...set(0), ...uses]),
  "values used between calls in a try": (width, count) => {
    const { body, ...rest } = usedAcross(width, count, 10, (uses) => [0x10, 2, ...uses]);
    return { body: join([tryBlock, nothing], body, [0x19, end]), ...rest };
  },
  "values used between stores": (width, count) => usedAcross(width, count, 20, (uses) => uses),
  "constants used between branches": (_, count) =>
    one(
      times(count, [
        block,
        nothing,
        ...get(0),
        ...branchIf(0),
        end,
        ...times(20, (index) => [...get(0), ...constant(index), 0x36, 2, 0]),
      ]),
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
  "roundings of 32 bits": (_, count) => one(join(get(0), [0xb2], times(count, [0x90]), [0xa8], set(0)), 1),
  "numbers with a fraction from 64 bits": (_, count) =>
    one(join(get(0), [0xac], times(count, [0xba, 0xbd]), [0xa7], set(0)), 1),
  "short numbers with a fraction from 64 bits": (_, count) =>
    one(join(get(0), [0xac], times(count, [0xb5, 0xbc, 0xac]), [0xa7], set(0)), 1),
  "lesser numbers": (_, count) =>
    one(join(get(0), [0xb7], times(count, [...get(0), 0xb7, 0xa4]), [0xaa], set(0)), 1),
  "lesser short numbers": (_, count) =>
    one(join(get(0), [0xb2], times(count, [...get(0), 0xb2, 0x96]), [0xa8], set(0)), 1),
  "copied signs": (_, count) =>
    one(join(get(0), [0xb7], times(count, [...get(0), 0xb7, 0xa6]), [0xaa], set(0)), 1),
  "bit counts of 64 bits": (_, count) =>
    one(join(get(0), [0xac], times(count, [0x79, 0x7a, 0x7b]), [0xa7], set(0)), 1),
  "lesser lanes": (_, count) =>
    one(join(zeroVector, times(count, [...zeroVector, 0xfd, 0xf4, 1]), toScalar), 1),
  "vector conversions without sign": (_, count) =>
    one(join(zeroVector, times(count, [0xfd, 0xf9, 1, 0xfd, 0xfb, 1]), toScalar), 1),
  "rounded products of lanes": (_, count) =>
    one(join(zeroVector, times(count, [...zeroVector, 0xfd, 0x82, 1]), toScalar), 1),
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
  "throws of many values": (width, count) => {
    const wide = Math.min(width, 200);
    return one(times(count, [...get(0), iff, nothing, ...times(wide, zeroVector), 0x08, 1, end]), 0, wide);
  },
  "throws of many values in a row": (width, count) => {
    const wide = Math.min(width, 200);
    return one(
      times(count, [block, nothing, ...get(0), ...branchIf(0), ...times(wide, zeroVector), 0x08, 1, end]),
      0,
      wide,
    );
  },
  "catches of many values": (width, count) => {
    const wide = Math.min(width, 200);
    return one(times(count, [tryBlock, nothing, 0x10, 2, 0x07, 1, ...times(wide, [0x1a]), end]), 0, wide);
  },
  "many catches of one try": (width, count) => {
    const wide = Math.min(width, 200);
    return one(
      join([tryBlock, nothing, 0x10, 2], times(count, [0x07, 1, ...times(wide, [0x1a])]), [end]),
      0,
      wide,
    );
  },
  "catches that rethrow": (width, count) =>
    one(
      join(
        fill(width),
        times(count, [tryBlock, nothing, 0x10, 2, 0x07, 0, 0x09, 0, 0x19, 0x09, 0, end]),
        use(width),
      ),
      width,
    ),
  "loops that rotate locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, [loop, nothing, ...rotate(width), ...get(0), ...branchIf(0), end]),
        use(width),
      ),
      width + 1,
    ),
  "one loop that rotates locals": (width, count) =>
    one(
      join(
        fill(width),
        [loop, nothing],
        times(count, [...get(0), ...branchIf(0), ...rotate(width)]),
        [...get(0), ...branchIf(0), end],
        use(width),
      ),
      width + 1,
    ),
  "one loop that rotates locals for nobody": (width, count) =>
    one(
      join(fill(width), [loop, nothing], times(count, [...get(0), ...branchIf(0), ...rotate(width)]), [
        ...get(0),
        ...branchIf(0),
        end,
      ]),
      width + 1,
    ),
  "one loop that rotates conditions": (width, count) =>
    one(
      join(
        fill(width),
        [loop, nothing],
        times(count, [...get(1), ...branchIf(0), ...rotate(width)]),
        [...get(1), ...branchIf(0), end],
        use(width),
      ),
      width + 1,
    ),
  "conditions that rotate locals": (width, count) =>
    one(
      join(fill(width), times(count, [...get(1), iff, nothing, ...rotate(width), end]), use(width)),
      width + 1,
    ),
  "branches that rotate locals": (width, count) =>
    one(
      join(
        fill(width),
        [block, nothing],
        times(count, [...rotate(width), ...get(1), ...branchIf(0)]),
        [end],
        use(width),
      ),
      width + 1,
    ),
  "tables of branches to many blocks": (width, count) =>
    one(
      join(
        fill(width),
        times(width, [block, nothing]),
        times(count, [block, nothing, ...get(0), 0x0e, ...leb(width), ...times(width + 1, leb), end]),
        times(width, (index) => [end, ...change(localFor(index, width))]),
        use(width),
      ),
      width + 1,
    ),
  "tables of branches to a few blocks": (width, count) =>
    one(
      join(
        fill(width),
        times(16, [block, nothing]),
        times(count, (index) => [
          block,
          nothing,
          ...change(localFor(index, width)),
          ...get(0),
          0x0e,
          ...leb(15),
          ...times(16, leb),
          end,
        ]),
        times(16, (index) => [end, ...change(localFor(index, width))]),
        use(width),
      ),
      width + 1,
    ),
  "choices between locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => {
          const [a, b] = [localFor(index, width), localFor(index * 7 + 3, width)];
          return [...get(a), ...get(b), ...get(0), 0x1b, ...set(a)];
        }),
        use(width),
      ),
      width + 1,
    ),
  "choices that compare": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => {
          const [a, b] = [localFor(index, width), localFor(index * 7 + 3, width)];
          return [...get(a), ...get(b), ...get(a), ...get(b), 0x48, 0x1b, ...set(a)];
        }),
        use(width),
      ),
      width + 1,
    ),
  "arithmetic between locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => {
          const [a, b] = [localFor(index, width), localFor(index * 7 + 3, width)];
          return [...get(a), ...get(b), 0x6c, ...set(a)];
        }),
        use(width),
      ),
      width + 1,
    ),
  "a deep tree": (_, count) =>
    one(join(times(count, [...get(0), 0x45]), times(count - 1, [0x6a]), set(0)), 1),
  "a deep tree of loads": (_, count) =>
    one(join(times(count, [...get(0), 0x28, 2, 0]), times(count - 1, [0x6a]), set(0)), 1),
  "one value in a tree": (_, count) => one(join(get(0), times(count, [0x22, 1, ...get(1), 0x6a]), set(0)), 1),
  "shifts and rotations": (_, count) =>
    one(join(get(0), times(count, [...get(0), 0x77, ...get(0), 0x74]), set(0)), 1),
  "constants of 64 bits": (_, count) =>
    one(
      join(
        [0x42, 0],
        times(count, (index) => [
          0x42,
          ...positive(index),
          0x42,
          0x80,
          0x80,
          0x80,
          0x80,
          0x80,
          0x80,
          0x80,
          1,
          0x84,
          0x7c,
        ]),
        [0xa7],
        set(0),
      ),
      1,
    ),
  "constants of numbers with a fraction": (_, count) =>
    one(
      join(
        [0x44, ...times(8, [0])],
        times(count, (index) => [0x44, index & 255, (index >> 8) & 255, index >> 16, 1, 2, 3, 4, 5, 0xa0]),
        [0xaa],
        set(0),
      ),
      1,
    ),
  "constant vectors": (_, count) =>
    one(
      join(
        zeroVector,
        times(count, (index) => [
          0xfd,
          0x0c,
          index & 255,
          (index >> 8) & 255,
          index >> 16,
          ...times(13, [7]),
          0xfd,
          0x51,
        ]),
        toScalar,
      ),
      1,
    ),
  "lanes of vectors": (_, count) =>
    one(
      join(
        zeroVector,
        times(count, (index) => [...get(0), 0xfd, 0x17, index & 15]),
        toScalar,
      ),
      1,
    ),
  "lanes out of vectors": (_, count) =>
    one(
      join(
        get(0),
        times(count, (index) => [0xfd, 0x0f, 0xfd, 0x16, index & 15]),
        set(0),
      ),
      1,
    ),
  "vector shifts": (_, count) => one(join(zeroVector, times(count, [...get(0), 0xfd, 0x6b]), toScalar), 1),
  "vector shifts of 64 bits": (_, count) =>
    one(join(zeroVector, times(count, [...get(0), 0xfd, 0xcc, 1]), toScalar), 1),
  "vector conversions": (_, count) =>
    one(join(zeroVector, times(count, [0xfd, 0xf8, 1, 0xfd, 0xfb, 1]), toScalar), 1),
  "vector conversions to fewer lanes": (_, count) =>
    one(join(zeroVector, times(count, [0xfd, 0xfc, 1, 0xfd, 0xff, 1]), toScalar), 1),
  "vector bit counts": (_, count) => one(join(zeroVector, times(count, [0xfd, 0x62]), toScalar), 1),
  "vector choices": (_, count) =>
    one(join(zeroVector, times(count, [...zeroVector, ...zeroVector, 0xfd, 0x52]), toScalar), 1),
  "filling memory": (_, count) => one(times(count, [...get(0), ...get(0), ...get(0), 0xfc, 0x0b, 0]), 1),
  "copying tables": (_, count) => one(times(count, [...get(0), ...get(0), ...get(0), 0xfc, 0x0e, 0, 0]), 1),
  "filling tables": (_, count) => one(times(count, [...get(0), 0xd0, 0x70, ...get(0), 0xfc, 0x11, 0]), 1),
  "growing tables": (_, count) => one(times(count, [0xd0, 0x70, ...get(0), 0xfc, 0x0f, 0, 0x1a]), 1),
  "initializing tables": (_, count) =>
    one(times(count, [...get(0), ...get(0), ...get(0), 0xfc, 0x0c, 0, 0]), 1),
  "dropping segments": (_, count) => one(times(count, [0xfc, 0x0d, 0]), 1),
  "sizes of tables": (_, count) => one(join(get(0), times(count, [0xfc, 0x10, 0, 0x6a]), set(0)), 1),
  "sizes of memory": (_, count) => one(join(get(0), times(count, [0x3f, 0, 0x6a]), set(0)), 1),
  "entries of tables": (_, count) => one(times(count, [...get(0), ...get(0), 0x25, 0, 0x26, 0]), 1),
  "references to functions": (_, count) => one(times(count, [...get(0), 0xd2, 0, 0x26, 0]), 1),
  "references that are null": (_, count) =>
    one(join(get(0), times(count, [0xd0, 0x70, 0xd1, 0x6a]), set(0)), 1),
  globals: (_, count) => one(times(count, [0x23, 0, ...get(0), 0x6a, 0x24, 0]), 1),
  "saturating conversions": (_, count) => one(join(get(0), times(count, [0xb7, 0xfc, 2]), set(0)), 1),
  "indirect calls with many values": (width, count) => {
    const wide = Math.min(width, 200);
    return one(
      join(times(wide, get(0)), times(count, [...get(0), 0x11, 1, 0]), times(wide, [0x1a])),
      0,
      wide,
    );
  },
  "saturating conversions to 64 bits": (_, count) =>
    one(join(get(0), times(count, [0xb7, 0xfc, 7, 0xa7]), set(0)), 1),
  "choices of numbers with a fraction": (_, count) =>
    one(join(get(0), [0xb7], times(count, [...get(0), 0xb7, ...get(0), 0x1b]), [0xaa], set(0)), 1),
  "choices of vectors": (_, count) =>
    one(join(zeroVector, times(count, [...zeroVector, ...get(0), 0x1c, 1, v128]), toScalar), 1),
  "tail calls": (_, count) => one(times(count, [...get(0), iff, nothing, 0x12, 2, end]), 1),
  "indirect tail calls": (_, count) =>
    one(times(count, [...get(0), iff, nothing, ...get(0), 0x13, 2, 0, end]), 1),
  "calls that change locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => [0x10, 2, ...change(localFor(index, width))]),
        use(width),
      ),
      width + 1,
    ),
  "stores of locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => [
          ...get(localFor(index, width)),
          ...get(localFor(index * 7 + 3, width)),
          0x36,
          2,
          0,
        ]),
        use(width),
      ),
      width + 1,
    ),
  "loads that are kept": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => {
          const local = localFor(index, width);
          return [...get(local), 0x28, 2, 0, ...set(local)];
        }),
        use(width),
      ),
      width + 1,
    ),
  "stores under conditions": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => [
          ...get(localFor(index, width)),
          iff,
          nothing,
          ...get(0),
          ...get(localFor(index * 7 + 3, width)),
          0x36,
          2,
          0,
          end,
        ]),
        use(width),
      ),
      width + 1,
    ),
  "branches to many blocks": (width, count) =>
    one(
      join(
        fill(width),
        times(count, [block, nothing]),
        times(count, (index) => [
          ...change(localFor(index, width)),
          ...get(0),
          ...branchIf(count - 1 - index),
        ]),
        times(count, (index) => [end, ...change(localFor(index, width))]),
        use(width),
      ),
      width + 1,
    ),
  "divisions by locals": (width, count) =>
    one(
      join(
        fill(width),
        times(count, (index) => [
          ...get(localFor(index, width)),
          ...get(localFor(index * 7 + 3, width)),
          0x6e,
          ...set(localFor(index, width)),
        ]),
        use(width),
      ),
      width + 1,
    ),
};

export const bombs: Readonly<Record<string, Bomb>> = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, (width, count) => moduleOf(shape(width, count))]),
);
