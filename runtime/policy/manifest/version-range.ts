/** A semantic version (semver.org 2.0.0); build metadata is dropped. */
export interface Version {
  readonly numbers: readonly [number, number, number];
  readonly prerelease: readonly string[];
}

/** Comparators that must all hold, as npm writes them: `^1.2.0`, `~1.2.3`, `>=1.2.0 <2.0.0`, `1.2.3`, `*`. */
export interface VersionRange {
  readonly text: string;
  readonly comparators: readonly Comparator[];
}

interface Comparator {
  readonly operator: ">" | ">=" | "<" | "<=" | "=";
  readonly version: Version;
}

const versionPattern =
  /^(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;
const comparatorPattern = /^(\^|~|>=|>|<=|<|=)?(.+)$/;

export function parseVersion(text: string): Version | undefined {
  const parts = text.length <= 256 ? versionPattern.exec(text) : null;
  if (parts === null) return undefined;
  return {
    numbers: [Number(parts[1]), Number(parts[2]), Number(parts[3])],
    prerelease: parts[4] === undefined ? [] : parts[4].split("."),
  };
}

export function parseVersionRange(text: string): VersionRange | undefined {
  if (text.length > 256) return undefined;
  if (text === "*") return { text, comparators: [] };
  const comparators: Comparator[] = [];
  for (const part of text.split(" ")) {
    const [, operator = "=", rest = ""] = comparatorPattern.exec(part) ?? [];
    const version = parseVersion(completed(rest, operator));
    if (version === undefined) return undefined;
    if (operator === "^" || operator === "~") {
      comparators.push(
        { operator: ">=", version },
        { operator: "<", version: ceiling(operator, version, rest) },
      );
    } else {
      comparators.push({ operator: operator as Comparator["operator"], version });
    }
  }
  return { text, comparators };
}

/** A pre-release satisfies a range only if the range names a pre-release of the same three numbers. */
export function satisfies(version: Version, range: VersionRange): boolean {
  if (version.prerelease.length > 0) {
    const named = range.comparators.some(
      (one) => one.version.prerelease.length > 0 && compareNumbers(one.version, version) === 0,
    );
    if (!named) return false;
  }
  return range.comparators.every((one) => holds(one, version));
}

function holds({ operator, version: bound }: Comparator, version: Version): boolean {
  const order = Math.sign(compareVersions(version, bound));
  return accepted[operator].includes(order);
}

/** Which results of a comparison with the bound an operator takes. */
const accepted: Readonly<Record<Comparator["operator"], readonly number[]>> = {
  "=": [0],
  ">": [1],
  ">=": [0, 1],
  "<": [-1],
  "<=": [-1, 0],
};

/** `^1` and `~1.2` may leave numbers out; for the other operators that would be ambiguous. */
function completed(text: string, operator: string): string {
  if (operator !== "^" && operator !== "~") return text;
  const missing = 3 - text.split(".").length;
  return /^[0-9.]+$/.test(text) && missing > 0 ? text + ".0".repeat(missing) : text;
}

function above(...numbers: Version["numbers"]): Version {
  return { numbers, prerelease: [] };
}

function ceiling(operator: "^" | "~", { numbers }: Version, text: string): Version {
  const [major, minor, patch] = numbers;
  const given = text.split("-")[0]?.split(".").length ?? 3;
  if (operator === "~") return given === 1 ? above(major + 1, 0, 0) : above(major, minor + 1, 0);
  if (major > 0 || given === 1) return above(major + 1, 0, 0);
  if (minor > 0 || given === 2) return above(0, minor + 1, 0);
  return above(0, 0, patch + 1);
}

function compareNumbers(a: Version, b: Version): number {
  for (const index of [0, 1, 2] as const) {
    if (a.numbers[index] !== b.numbers[index]) return a.numbers[index] < b.numbers[index] ? -1 : 1;
  }
  return 0;
}

function compareVersions(a: Version, b: Version): number {
  const numbers = compareNumbers(a, b);
  if (numbers !== 0) return numbers;
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return b.prerelease.length - a.prerelease.length;
  for (let index = 0; index < Math.max(a.prerelease.length, b.prerelease.length); index++) {
    const left = a.prerelease[index];
    const right = b.prerelease[index];
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function compareIdentifiers(a: string, b: string): number {
  if (a === b) return 0;
  const [aIsNumber, bIsNumber] = [/^[0-9]+$/.test(a), /^[0-9]+$/.test(b)];
  if (aIsNumber && bIsNumber) return BigInt(a) < BigInt(b) ? -1 : 1;
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return a < b ? -1 : 1;
}
