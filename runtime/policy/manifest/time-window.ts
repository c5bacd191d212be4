/** When a policy is in force. Times are milliseconds since the epoch; `weekly` minutes since Monday 00:00 UTC. */
export interface Validity {
  readonly notBefore: number | undefined;
  /** The first instant at which the policy no longer holds. */
  readonly notAfter: number | undefined;
  /** Sorted, disjoint, `[start, end)`; undefined where any time of the week will do. */
  readonly weekly: readonly WeekInterval[] | undefined;
}

export type WeekInterval = readonly [start: number, end: number];

export const minutesPerWeek = 7 * 24 * 60;
const minutesPerDay = 24 * 60;
const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** `mon`, `mon-fri` or, over the weekend, `sat-mon`: the days' numbers from Monday on; undefined if it is none of these. */
export function parseDays(text: string): readonly number[] | undefined {
  const [first = "", last = first, ...rest] = text.split("-");
  const from = dayNames.indexOf(first);
  const to = dayNames.indexOf(last);
  if (from < 0 || to < 0 || rest.length > 0) return undefined;
  const count = ((to - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => (from + index) % 7);
}

/** `06:00-20:00`, `22:00-04:00` (over midnight) or `00:00-24:00`: minutes of a day, the end possibly in the next one. */
export function parseDayTime(text: string): WeekInterval | undefined {
  const parts = /^([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)$/.exec(text);
  if (parts === null) return undefined;
  const start = Number(parts[1]) * 60 + Number(parts[2]);
  const end = parts[3] === undefined ? minutesPerDay : Number(parts[3]) * 60 + Number(parts[4]);
  if (start === end) return undefined;
  return [start, end > start ? end : end + minutesPerDay];
}

/** The union of all windows over the week, cut at its end and merged. `days` says on which a window starts. */
export function weeklyIntervals(
  windows: readonly { days: readonly number[]; time: WeekInterval }[],
): readonly WeekInterval[] {
  const cut = windows.flatMap(({ days, time: [start, end] }) =>
    days.flatMap((day): WeekInterval[] => {
      const from = day * minutesPerDay + start;
      const to = day * minutesPerDay + end;
      return to <= minutesPerWeek
        ? [[from, to]]
        : [
            [from, minutesPerWeek],
            [0, to - minutesPerWeek],
          ];
    }),
  );
  const merged: [number, number][] = [];
  for (const [from, to] of cut.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** RFC 3339 with a zone, strictly; a date that no calendar has is undefined. */
export function parseInstant(text: string): number | undefined {
  const parts =
    /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,3})?(?:Z|[+-][0-9]{2}:[0-9]{2})$/.exec(
      text,
    );
  if (parts === null) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  // Date accepts February 30 and moves on to March.
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day || month < 1 || month > 12)
    return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}
