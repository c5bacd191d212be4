import {
  type HostFunction,
  hostFunction,
  type HostPackage,
  type PreparedPackage,
} from "../runtime/host-contract.js";
import { Pollable, readyAt } from "./io/index.js";

/**
 * `wasi:clocks`: needs a rule that names it, like everything that tells a guest something of the outside; clocks are
 * what covert channels are timed by. The unstable `timezone` interface always says UTC: the host's zone is not the guest's affair.
 */
export const clocksPackage: HostPackage = {
  name: "wasi:clocks",
  version: "0.2.12",
  interfaces: {
    "monotonic-clock": { authority: "granted" },
    "wall-clock": { authority: "granted" },
    timezone: { authority: "granted" },
  },
  prepare: () => Promise.resolve(functions()),
};

const largestInstant = 2n ** 64n - 1n;

const functions = (): PreparedPackage => ({
  "monotonic-clock": {
    now: read(monotonicNow),
    resolution: read(() => 1n),
    "subscribe-instant": read((when: bigint) => new Pollable(readyAt(when))),
    "subscribe-duration": read((duration: bigint) => new Pollable(readyAt(after(duration)))),
  },
  "wall-clock": {
    now: read(() => datetime(Date.now())),
    resolution: read(() => ({ seconds: 0n, nanoseconds: 1_000_000 })),
  },
  timezone: {
    display: read(() => ({ utcOffset: 0, name: "UTC", inDaylightSavingTime: false })),
    "utc-offset": read(() => 0),
  },
});

function read(call: (...args: never[]) => unknown): HostFunction {
  return hostFunction({ call, durability: "ring" });
}

function monotonicNow(): bigint {
  return process.hrtime.bigint();
}

/** The guest chooses any u64; the sum must stay one. */
function after(duration: bigint): bigint {
  const instant = monotonicNow() + duration;
  return instant > largestInstant ? largestInstant : instant;
}

/** @param milliseconds since 1970; a host clock before that is shown as 1970, since the WIT type has no sign. */
function datetime(milliseconds: number): { seconds: bigint; nanoseconds: number } {
  const since = Math.max(0, milliseconds);
  return { seconds: BigInt(Math.floor(since / 1000)), nanoseconds: (since % 1000) * 1_000_000 };
}
