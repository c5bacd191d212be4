import { type Validity, minutesPerWeek } from "../manifest/time-window.js";

export type ValidityVerdict = { readonly valid: true } | { readonly valid: false; readonly why: string };

const msPerMinute = 60_000;
const msPerWeek = minutesPerWeek * msPerMinute;
/** The first Monday of the epoch, 1970-01-05T00:00Z. */
const firstMonday = 4 * 24 * 60 * msPerMinute;

/** Whether a policy is in force. A time that is no time is outside. */
export function validAt(validity: Validity, now: Date): ValidityVerdict {
  const time = now.getTime();
  if (Number.isNaN(time)) return invalid("the time is not known");
  const { notBefore, notAfter, weekly } = validity;
  if (notBefore !== undefined && time < notBefore) return invalid(`it is not valid before ${iso(notBefore)}`);
  if (notAfter !== undefined && time >= notAfter) return invalid(`it ended at ${iso(notAfter)}`);
  if (weekly !== undefined && !isOpen(weekly, time)) {
    return invalid(`none of its validity windows is open on ${now.toUTCString()}`);
  }
  return { valid: true };
}

/** The next instant at which the answer of {@link validAt} changes; undefined if it never does. */
export function nextChange(validity: Validity, now: Date): Date | undefined {
  const time = now.getTime();
  if (Number.isNaN(time)) return undefined;
  const { notBefore = -Infinity, notAfter = Infinity, weekly } = validity;
  if (time >= notAfter) return undefined;
  const from = Math.max(time, notBefore);
  const valid = validAt(validity, now).valid;
  const change = valid
    ? Math.min(notAfter, weekly === undefined ? Infinity : nextBoundary(weekly, time, 1))
    : weekly === undefined || isOpen(weekly, from)
      ? from
      : nextBoundary(weekly, from, 0);
  return change === Infinity || (!valid && change >= notAfter) ? undefined : new Date(change);
}

function isOpen(weekly: NonNullable<Validity["weekly"]>, time: number): boolean {
  const at = sinceMonday(time);
  return weekly.some(([start, end]) => start * msPerMinute <= at && at < end * msPerMinute);
}

/** The next opening (side 0) or closing (side 1) after `time`. */
function nextBoundary(weekly: NonNullable<Validity["weekly"]>, time: number, side: 0 | 1): number {
  const at = sinceMonday(time);
  const monday = time - at;
  const opens = new Set(weekly.map(([start]) => start));
  const boundaries = weekly
    // A window that goes over Sunday midnight is two intervals; where they meet, nothing changes.
    .filter(([, end]) => side === 0 || !opens.has(end % minutesPerWeek))
    .map((interval) => interval[side] * msPerMinute);
  const [first] = boundaries;
  if (first === undefined) return Infinity;
  return monday + (boundaries.find((boundary) => boundary > at) ?? first + msPerWeek);
}

function sinceMonday(time: number): number {
  return (((time - firstMonday) % msPerWeek) + msPerWeek) % msPerWeek;
}

function invalid(why: string): ValidityVerdict {
  return { valid: false, why };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
