import {
  type HostFunction,
  hostFunction,
  type HostPackage,
  hostPackages as builtIn,
  type PreparedPackage,
} from "wrun/host-interfaces";
import { slotAt } from "./board.js";
import { createMeasuredHost } from "./measured-host.js";
import { turnsOf } from "./turns.js";

/**
 * `bench:calls`: the same functions that the peers are linked with, behind the gate. The run's offer names the slot.
 *
 * `settle` is durable: when it gets to wait for a round, all records of the round before are on the disk, and no
 * writer has anything left to do while another contestant is measured. What is measured, and the clock around it, is
 * `ring`, as for any call that only reads.
 */
const callsPackage: HostPackage = {
  name: "bench:calls",
  version: "1.0.0",
  interfaces: { host: { authority: "granted" } },
  functionTypes: {
    "bench:calls/host#settle": "() -> u32",
    "bench:calls/host#begin": "() -> _",
    "bench:calls/host#end": "(sum: u64) -> _",
    "bench:calls/host#add": "(a: u32, b: u32) -> u32",
    "bench:calls/host#pair": "(a: string, b: string) -> u32",
  },
  prepare: (context) => Promise.resolve({ host: governed(Number(context.config["slot"])) }),
};

function governed(slot: number): PreparedPackage[string] {
  const { settle, begin, end, add, pair } = createMeasuredHost(turnsOf(slotAt(slot)));
  const ring = (call: (...args: never[]) => unknown): HostFunction =>
    hostFunction({ call, durability: "ring" });
  return {
    settle: hostFunction({ call: settle, durability: "durable" }),
    begin: ring(begin),
    end: ring(end),
    add: ring(add),
    pair: ring(pair),
  };
}

export const hostPackages: readonly HostPackage[] = [...builtIn, callsPackage];
