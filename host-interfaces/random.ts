import { randomBytes } from "node:crypto";
import { type HostFunction, hostFunction, type HostPackage } from "../runtime/host-contract.js";
import { contractBroken, transferLimit } from "./io/index.js";

/**
 * `wasi:random`: needs a rule that names it, so that a run without one is free of randomness. The insecure variants give secure bytes too, so that no guest can be made weaker by
 * what it imports.
 */
export const randomPackage: HostPackage = {
  name: "wasi:random",
  version: "0.2.12",
  interfaces: {
    random: { authority: "granted" },
    insecure: { authority: "granted" },
    "insecure-seed": { authority: "granted" },
  },
  prepare() {
    // A seed is the same whenever a run asks for it, and another one in the next run.
    const seed = [randomU64(), randomU64()] as const;
    return Promise.resolve({
      random: {
        "get-random-bytes": read((length: bigint) => bytes("wasi:random/random.get-random-bytes", length)),
        "get-random-u64": read(randomU64),
      },
      insecure: {
        "get-insecure-random-bytes": read((length: bigint) =>
          bytes("wasi:random/insecure.get-insecure-random-bytes", length),
        ),
        "get-insecure-random-u64": read(randomU64),
      },
      "insecure-seed": {
        "insecure-seed": read(() => [...seed]),
      },
    });
  },
};

function read(call: (...args: never[]) => unknown): HostFunction {
  return hostFunction({ call, durability: "ring" });
}

/** The contract has no error and promises exactly `length` bytes, so that a length beyond reason traps. */
function bytes(functionName: string, length: bigint): Uint8Array {
  if (length > BigInt(transferLimit)) {
    throw contractBroken(functionName, `more than ${transferLimit} bytes in one call`);
  }
  return new Uint8Array(randomBytes(Number(length)));
}

function randomU64(): bigint {
  return randomBytes(8).readBigUInt64LE();
}
