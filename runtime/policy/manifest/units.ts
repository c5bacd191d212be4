/** A parsed quantity, or the sentence that says what is wrong with it. */
export type Parsed = { readonly value: number } | { readonly wrong: string };

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const byteUnits: ReadonlyMap<string, bigint> = new Map([
  ["", 1n],
  ["B", 1n],
  ["kB", 1000n],
  ["MB", 1000n ** 2n],
  ["GB", 1000n ** 3n],
  ["KiB", 1024n],
  ["MiB", 1024n ** 2n],
  ["GiB", 1024n ** 3n],
]);

/** In milliseconds. */
const durationUnits: ReadonlyMap<string, bigint> = new Map([
  ["ms", 1n],
  ["s", 1000n],
  ["m", 60_000n],
  ["h", 3_600_000n],
  ["d", 86_400_000n],
]);

/** `64MiB`, `1.5 GiB`, `500kB`, or a whole number of bytes; in bytes. */
export function parseBytes(input: unknown, bounds: Bounds): Parsed {
  return parseQuantity(input, byteUnits, bounds, "a size such as 64MiB", "bytes");
}

/** `30s`, `250ms`, `1.5m`, `2h`; in milliseconds. A number without a unit is refused: nobody can tell which was meant. */
export function parseDuration(input: unknown, bounds: Bounds): Parsed {
  if (typeof input === "number" && Number.isFinite(input)) {
    return { wrong: `${input} lacks a unit; write ${input}s or ${input}ms` };
  }
  return parseQuantity(input, durationUnits, bounds, "a duration such as 30s", "milliseconds");
}

/** A whole number; `5e9` is one too. */
export function parseCount(input: unknown, bounds: Bounds): Parsed {
  if (typeof input !== "number" || !Number.isSafeInteger(input)) return { wrong: "must be a whole number" };
  return within(BigInt(input), bounds, "");
}

function parseQuantity(
  input: unknown,
  units: ReadonlyMap<string, bigint>,
  bounds: Bounds,
  form: string,
  base: string,
): Parsed {
  const text = typeof input === "number" ? String(input) : input;
  if (typeof text !== "string") return { wrong: `must be ${form}` };
  const parts = /^([0-9]{1,16})(?:\.([0-9]{1,9}))? ?([A-Za-z]*)$/.exec(text);
  if (parts === null) return { wrong: `'${text}' is not ${form}` };
  const [, whole = "", fraction = "", unitName = ""] = parts;
  const unit = units.get(unitName);
  if (unit === undefined) {
    const known = [...units.keys()].filter((name) => name !== "").join(", ");
    return {
      wrong: unitName === "" ? `'${text}' lacks a unit (${known})` : `unknown unit "${unitName}" (${known})`,
    };
  }
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * unit;
  if (scaled % scale !== 0n) return { wrong: `'${text}' is not a whole number of ${base}` };
  return within(scaled / scale, bounds, ` ${base}`);
}

function within(value: bigint, { min, max }: Bounds, base: string): Parsed {
  if (value < min || value > max) return { wrong: `is ${value}${base}, and must be from ${min} to ${max}` };
  return { value: Number(value) };
}
