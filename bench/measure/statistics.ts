/** How far the samples lie apart. */
export interface Spread {
  readonly p10: number;
  readonly p90: number;
  /** The median of the distances from the median. */
  readonly mad: number;
}

export function medianOf(samples: readonly number[]): number {
  return quantileOf(samples, 0.5);
}

/**
 * The value below which the share `q` of all samples lies, interpolated between the two that are nearest.
 * Throws a RangeError without samples, and for one that is no number: what could not be measured is not a measure.
 */
export function quantileOf(samples: readonly number[], q: number): number {
  if (samples.length === 0 || samples.some((value) => !Number.isFinite(value)))
    throw new RangeError("there is nothing to sum up");
  const sorted = [...samples].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function spreadOf(samples: readonly number[]): Spread {
  const median = medianOf(samples);
  return {
    p10: quantileOf(samples, 0.1),
    p90: quantileOf(samples, 0.9),
    mad: medianOf(samples.map((value) => Math.abs(value - median))),
  };
}
