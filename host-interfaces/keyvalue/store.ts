import { Barrier } from "../../runtime/files/index.js";
import {
  hostFunction,
  type InstanceContext,
  type PreparedPackage,
  WitError,
} from "../../runtime/host-contract.js";
import { Bucket } from "./bucket.js";
import { accessDenied, noSuchStore, storeError, withStoreErrors } from "./errors.js";
import type { KeyvalueAccess } from "./grant.js";
import { keyvalueLimits } from "./limits.js";

const denied = { error: accessDenied };
const listSite = { interface: "wasi:keyvalue/store", function: "[method]bucket.list-keys" };

/** What a decision about one key looks at. */
export function keyFacts(bucket: Bucket, key: string, access: KeyvalueAccess) {
  return { bucket: bucket.name, key, access };
}

export function storeFunctions(context: InstanceContext): PreparedPackage[string] {
  const barrier = new Barrier(context.offLimits);
  return {
    open: hostFunction({
      facts: (name: string) => [{ bucket: name, access: "open" }],
      call: (name: string) => withStoreErrors(() => openBucket(context.keyvalueFolder, name, barrier)),
      // The first to open a bucket makes it.
      bytesOut: (name: string) => Buffer.byteLength(name),
      denied,
      durability: "written",
    }),
    "[method]bucket.get": hostFunction({
      facts: (bucket: Bucket, key: string) => [keyFacts(bucket, key, "read")],
      call: (bucket: Bucket, key: string) => withStoreErrors(() => bucket.read(key)?.value),
      denied,
      durability: "written",
    }),
    "[method]bucket.exists": hostFunction({
      facts: (bucket: Bucket, key: string) => [keyFacts(bucket, key, "read")],
      call: (bucket: Bucket, key: string) => withStoreErrors(() => bucket.has(key)),
      denied,
      durability: "written",
    }),
    "[method]bucket.set": hostFunction({
      facts: (bucket: Bucket, key: string) => [keyFacts(bucket, key, "write")],
      call: (bucket: Bucket, key: string, value: Uint8Array) =>
        withStoreErrors(() => bucket.write(key, value)),
      bytesOut: (_bucket: Bucket, key: string, value: Uint8Array) =>
        Buffer.byteLength(key) + value.byteLength,
      denied,
      durability: "durable",
    }),
    "[method]bucket.delete": hostFunction({
      facts: (bucket: Bucket, key: string) => [keyFacts(bucket, key, "delete")],
      call: (bucket: Bucket, key: string) => withStoreErrors(() => bucket.delete(key)),
      denied,
      durability: "durable",
    }),
    "[method]bucket.list-keys": hostFunction({
      facts: (bucket: Bucket) => [{ bucket: bucket.name, access: "list" }],
      call: (bucket: Bucket, cursor: string | undefined) =>
        withStoreErrors(() => listKeys(context, bucket, cursor)),
      denied,
      durability: "written",
    }),
  };
}

function openBucket(folder: string | undefined, name: string, barrier: Barrier): Bucket {
  if (folder === undefined) throw new WitError(noSuchStore);
  if (Buffer.byteLength(name) > keyvalueLimits.bucketName) throw storeError("the bucket's name is too long");
  return new Bucket(folder, name, barrier);
}

/** The decision on the call is about the list; which keys of it the guest may see is asked key by key. */
function listKeys(context: InstanceContext, bucket: Bucket, cursor: string | undefined) {
  if (cursor !== undefined && !/^[0-9a-f]{64}$/.test(cursor))
    throw storeError("the cursor is not one of this store");
  const page = bucket.list(cursor, (key) => context.permits(listSite, keyFacts(bucket, key, "list")));
  return { keys: page.keys, cursor: page.next };
}
