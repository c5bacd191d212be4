import { z } from "zod";
import { type Bounds, parseBytes, parseCount, parseDuration } from "./units.js";
import { quantity } from "./quantity.js";

/** How a component that answers requests is run: `serve` in the manifest. Every value has a default. */
export interface Serving {
  /** A run of its own for each request, or one run for many. */
  readonly instances: "per-request" | "reused";
  /** After so many requests a reused run is sealed, and another one begins. */
  readonly requestsPerInstance: number;
  /** Requests at once, those that wait included; whoever comes beyond is told to come again. */
  readonly concurrency: number;
  /** Of these, how many one client may have: an IPv4 address, or the first 64 bits of an IPv6 one. */
  readonly perClient: number;
  /** Bytes of a request's body. */
  readonly requestBody: number;
  /** Milliseconds in which a client that is waited for must have sent or taken something. */
  readonly stallMs: number;
}

const MiB = 1024 * 1024;

/** What a manifest that says nothing of it gets. */
export const defaultServing: Serving = Object.freeze({
  instances: "per-request",
  requestsPerInstance: 10_000,
  concurrency: 16,
  perClient: 8,
  requestBody: 64 * MiB,
  stallMs: 30_000,
});

const second = 1000;
const bounds = {
  requestsPerInstance: { min: 1, max: 1_000_000 },
  concurrency: { min: 1, max: 1024 },
  perClient: { min: 1, max: 1024 },
  requestBody: { min: 0, max: 1024 * 1024 * MiB },
  stallMs: { min: 100, max: 3600 * second },
} as const satisfies Record<Exclude<keyof Serving, "instances">, Bounds>;

export const servingSchema = z
  .strictObject({
    instances: z.enum(["per-request", "reused"]).optional(),
    requestsPerInstance: quantity(parseCount, bounds.requestsPerInstance).optional(),
    concurrency: quantity(parseCount, bounds.concurrency).optional(),
    perClient: quantity(parseCount, bounds.perClient).optional(),
    requestBody: quantity(parseBytes, bounds.requestBody).optional(),
    stall: quantity(parseDuration, bounds.stallMs).optional(),
  })
  .refine(
    ({ instances, requestsPerInstance }) => requestsPerInstance === undefined || instances === "reused",
    "has requestsPerInstance, which is for instances: reused",
  );

export function withServingDefaults(set: z.output<typeof servingSchema> | undefined): Serving {
  const concurrency = set?.concurrency ?? defaultServing.concurrency;
  return {
    instances: set?.instances ?? defaultServing.instances,
    requestsPerInstance: set?.requestsPerInstance ?? defaultServing.requestsPerInstance,
    concurrency,
    perClient: set?.perClient ?? Math.max(1, Math.floor(concurrency / 2)),
    requestBody: set?.requestBody ?? defaultServing.requestBody,
    stallMs: set?.stall ?? defaultServing.stallMs,
  };
}
