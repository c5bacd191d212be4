import type { HostPackage } from "../../runtime/host-contract.js";
import { atomicsFunctions } from "./atomics.js";
import { batchFunctions } from "./batch.js";
import { atomicsWords, batchWords, storeWords } from "./words.js";
import { keyvalueGrant } from "./grant.js";
import { storeFunctions } from "./store.js";

/**
 * `wasi:keyvalue` over files: no daemon, no network. A bucket comes to be when a guest that is granted it opens it
 * for the first time.
 */
export const keyvaluePackage: HostPackage = {
  name: "wasi:keyvalue",
  version: "0.2.0-draft2",
  interfaces: {
    store: { authority: "granted", grant: keyvalueGrant, words: storeWords },
    atomics: { authority: "granted", grant: keyvalueGrant, words: atomicsWords },
    batch: { authority: "granted", grant: keyvalueGrant, words: batchWords },
  },
  prepare: (context) =>
    Promise.resolve({
      store: storeFunctions(context),
      atomics: atomicsFunctions(context.memory),
      batch: batchFunctions(),
    }),
};
