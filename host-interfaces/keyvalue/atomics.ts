import {
  type HeldMemory,
  hostFunction,
  type Holding,
  type PreparedPackage,
  WitError,
} from "../../runtime/host-contract.js";
import type { Bucket } from "./bucket.js";
import type { Entry } from "./entry.js";
import { accessDenied, storeError, withStoreErrors } from "./errors.js";
import { keyFacts } from "./store.js";

/** The resource `cas`: a key as it was when the handle was made. */
class CompareAndSwap implements Disposable {
  readonly bucket: Bucket;
  readonly key: string;
  readonly #memory: HeldMemory;
  readonly #holding: Holding;
  #seen: Entry | undefined;

  constructor(memory: HeldMemory, bucket: Bucket, key: string, seen: Entry | undefined) {
    this.#memory = memory;
    this.#holding = memory.hold(3 * key.length + (seen?.value.byteLength ?? 0));
    this.bucket = bucket;
    this.key = key;
    this.#seen = seen;
  }

  current(): Uint8Array | undefined {
    return this.#seen?.value;
  }

  swap(value: Uint8Array): void {
    this.bucket.update(this.key, (version) => {
      if (version === this.#seen?.version) return value;
      // The old value goes before the new one comes.
      this[Symbol.dispose]();
      const now = this.bucket.read(this.key);
      throw new WitError({
        tag: "cas-failed",
        val: new CompareAndSwap(this.#memory, this.bucket, this.key, now),
      });
    });
  }

  [Symbol.dispose](): void {
    this.#seen = undefined;
    this.#holding.release();
  }
}

export const atomicsFunctions = (memory: HeldMemory): PreparedPackage[string] => ({
  increment: hostFunction({
    facts: (bucket: Bucket, key: string) => [keyFacts(bucket, key, "read"), keyFacts(bucket, key, "write")],
    call: (bucket: Bucket, key: string, delta: bigint) =>
      withStoreErrors(() => increment(bucket, key, delta)),
    bytesOut: (_bucket: Bucket, key: string) => Buffer.byteLength(key) + 20,
    denied: { error: accessDenied },
    durability: "durable",
  }),
  "[static]cas.new": hostFunction({
    facts: (bucket: Bucket, key: string) => [keyFacts(bucket, key, "read")],
    call: (bucket: Bucket, key: string) =>
      withStoreErrors(() => new CompareAndSwap(memory, bucket, key, bucket.read(key))),
    denied: { error: accessDenied },
    durability: "written",
  }),
  "[method]cas.current": hostFunction({
    facts: (cas: CompareAndSwap) => [keyFacts(cas.bucket, cas.key, "read")],
    call: (cas: CompareAndSwap) => cas.current(),
    denied: { error: accessDenied },
    durability: "written",
  }),
  swap: hostFunction({
    // A swap that fails shows the value as it is now, so that it reads as well.
    facts: (cas: CompareAndSwap) => [
      keyFacts(cas.bucket, cas.key, "read"),
      keyFacts(cas.bucket, cas.key, "write"),
    ],
    call: (cas: CompareAndSwap, value: Uint8Array) => swap(cas, value),
    bytesOut: (cas: CompareAndSwap, value: Uint8Array) => Buffer.byteLength(cas.key) + value.byteLength,
    denied: { error: { tag: "store-error", val: accessDenied } },
    durability: "durable",
  }),
});

function swap(cas: CompareAndSwap, value: Uint8Array): void {
  try {
    withStoreErrors(() => cas.swap(value));
  } catch (error) {
    if (!(error instanceof WitError) || isCasFailed(error.payload)) throw error;
    throw new WitError({ tag: "store-error", val: error.payload });
  } finally {
    cas[Symbol.dispose]();
  }
}

function isCasFailed(payload: unknown): boolean {
  return typeof payload === "object" && payload !== null && "tag" in payload && payload.tag === "cas-failed";
}

const largest = 2n ** 63n - 1n;
const smallest = -(2n ** 63n);

/** Numbers are stored as decimal digits, which is what other stores with an increment do. */
function increment(bucket: Bucket, key: string, delta: bigint): bigint {
  let sum = 0n;
  bucket.update(key, () => {
    sum = numberIn(bucket, key) + delta;
    if (sum > largest || sum < smallest) throw storeError("the sum does not fit into 64 bits");
    return Buffer.from(String(sum));
  });
  return sum;
}

/** With a sign. */
const mostDigits = 20;

function numberIn(bucket: Bucket, key: string): bigint {
  const value = bucket.sizeOf(key) > mostDigits ? undefined : bucket.read(key)?.value;
  if (value === undefined && !bucket.has(key)) return 0n;
  const text = Buffer.from(value ?? []).toString("latin1");
  if (!/^-?\d{1,19}$/.test(text)) throw storeError("the value is not a number");
  return BigInt(text);
}
