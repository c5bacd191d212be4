import type { Limits } from "./manifest.js";
import type { Bounds } from "./units.js";

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** What a manifest that sets no limits gets. */
export const defaultLimits: Limits = Object.freeze({
  memory: 256 * MiB,
  wallMs: 60_000,
  hostCalls: 1_000_000,
  bytesOut: 64 * MiB,
  tableElements: 1_000_000,
  lineage: GiB,
});

/** What a manifest may set. Memory ends where 32-bit linear memory does, `wallMs` where Node's timers do. */
export const limitBounds = {
  memory: { min: 64 * KiB, max: 4 * GiB },
  wallMs: { min: 1, max: 24 * 86_400_000 },
  hostCalls: { min: 0, max: 1_000_000_000_000 },
  bytesOut: { min: 0, max: 1024 * GiB },
  tableElements: { min: 0, max: 10_000_000 },
  lineage: { min: 4 * KiB, max: 1024 * GiB },
} as const satisfies Record<keyof Limits, Bounds>;

/** How long a run may go on without news from its trust source. */
export const stalenessBounds: Bounds = { min: 100, max: 3_600_000 };
