import {
  type Facts,
  hostFunction,
  MalformedArguments,
  type PreparedPackage,
} from "../../runtime/host-contract.js";
import type { Bucket } from "./bucket.js";
import { accessDenied, storeError, withStoreErrors } from "./errors.js";
import type { KeyvalueAccess } from "./grant.js";
import { keyvalueLimits } from "./limits.js";
import { keyFacts } from "./store.js";

type Pair = readonly [string, Uint8Array];
const denied = { error: accessDenied };

export const batchFunctions = (): PreparedPackage[string] => ({
  "get-many": hostFunction({
    facts: (bucket: Bucket, keys: readonly string[]) => factsOf(bucket, keys, "read"),
    call: (bucket: Bucket, keys: readonly string[]) => withStoreErrors(() => getMany(bucket, keys)),
    denied,
    durability: "written",
  }),
  "set-many": hostFunction({
    facts: (bucket: Bucket, pairs: readonly Pair[]) => factsOf(bucket, pairs.map(keyOf), "write"),
    call: (bucket: Bucket, pairs: readonly Pair[]) =>
      withStoreErrors(() => {
        for (const [key, value] of pairs) bucket.write(key, value);
      }),
    bytesOut: (_bucket: Bucket, pairs: readonly Pair[]) =>
      pairs.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + value.byteLength, 0),
    denied,
    durability: "durable",
  }),
  "delete-many": hostFunction({
    facts: (bucket: Bucket, keys: readonly string[]) => factsOf(bucket, keys, "delete"),
    call: (bucket: Bucket, keys: readonly string[]) =>
      withStoreErrors(() => {
        for (const key of keys) bucket.delete(key);
      }),
    denied,
    durability: "durable",
  }),
});

/** Every key is decided on; of a list that is too long, by those who ask whether one of them is denied. */
function factsOf(bucket: Bucket, keys: readonly string[], access: KeyvalueAccess): Facts[] {
  if (keys.length > keyvalueLimits.batch) {
    const { payload } = storeError(`more than ${keyvalueLimits.batch} keys in one call`);
    throw new MalformedArguments(payload, eachOf(bucket, keys, access));
  }
  // An empty list touches no key; it still needs some right in the bucket.
  if (keys.length === 0) return [{ bucket: bucket.name, access: "open" }];
  return keys.map((key) => keyFacts(bucket, key, access));
}

/** One after the other, so that a list of millions of keys is never one of millions of facts. */
function* eachOf(bucket: Bucket, keys: readonly string[], access: KeyvalueAccess): Generator<Facts> {
  for (const key of keys) yield keyFacts(bucket, key, access);
}

/** How much it will be is asked before any of it is read. */
function getMany(bucket: Bucket, keys: readonly string[]): (Pair | undefined)[] {
  const size = keys.reduce((sum, key) => sum + bucket.sizeOf(key), 0);
  if (size > keyvalueLimits.batchValues) throw storeError("the values are too large for one call");
  return keys.map((key) => {
    const value = bucket.read(key)?.value;
    return value === undefined ? undefined : [key, value];
  });
}

function keyOf(pair: Pair): string {
  return pair[0];
}
