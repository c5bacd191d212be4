import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createAuthorityIdentity,
  createHome,
  loadAuthorityIdentity,
  openHome,
} from "../../runtime/authority/index.js";
import { digestOf } from "../../runtime/digest.js";
import { isWrunError } from "../../runtime/errors/index.js";
import {
  Barrier,
  FileLock,
  makeOnce,
  nothingOffLimits,
  replaceFile,
  waitForLockHere,
} from "../../runtime/files/index.js";
import { loadCacheKey } from "../../runtime/sandbox/cache-key.js";
import { addRevocation, initRevocations, loadRevocations } from "../../runtime/trust/index.js";
import { keysOf } from "../../runtime/trust/revocation-list.js";
import { Bucket } from "../../host-interfaces/keyvalue/bucket.js";

const id = digestOf("a policy");

/** Under the lock: a number in a file is one higher afterwards. */
function count(folder: string): void {
  const lock = waitForLockHere({ folder, name: "lock" }, 5000);
  if (!(lock instanceof FileLock)) throw new Error(`locked by ${lock.path}`);
  try {
    const path = join(folder, "count");
    replaceFile(path, String(Number(readIfThere(path)) + 1));
  } finally {
    lock.release();
  }
}

export function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "0";
  }
}

/** What is done to a folder. Each may be done again after it was cut short anywhere, and works then. */
export const actions = {
  count,
  "make a secret": (folder) => void makeOnce(join(folder, "secret"), () => Buffer.alloc(32, 7)),
  "make the key of the cache": (folder) => {
    loadCacheKey(createHome(join(folder, "home")));
  },
  "make an identity": (folder) => {
    const home = openHome(join(folder, "home"));
    try {
      createAuthorityIdentity(home, { spiffeId: "spiffe://example.org/authority/default" });
    } catch (error) {
      // It was made before it was cut short.
      if (!isWrunError(error) || error.code !== "IDENTITY_EXISTS") throw error;
      loadAuthorityIdentity(home);
    }
  },
  revoke: async (folder) => {
    const home = openHome(join(folder, "home"));
    const { signer } = loadAuthorityIdentity(home, "other");
    const list = await addRevocation(home, { kind: "policy", id, reason: "for the test" }, { signer });
    if (!list.isRevoked("policy", id) || list.epoch !== 2) throw new Error(`epoch ${list.epoch}`);
    loadRevocations(home, keysOf(signer));
  },
  "trust a publisher": (folder) => {
    const trustPolicy = join(folder, "trustpolicy.json");
    makeOnce(trustPolicy, () => "{}");
    if (!existsSync(trustPolicy) || readIfThere(trustPolicy) !== "{}") throw new Error("it is not whole");
  },
  "write to a bucket": (folder) =>
    new Bucket(folder, "notes", new Barrier(nothingOffLimits)).write("key", Buffer.from("value")),
} as const satisfies Record<string, (folder: string) => void | Promise<void>>;

export type ActionName = keyof typeof actions;

/** What must be there before. */
export function prepare(name: ActionName, folder: string): void {
  if (name !== "make an identity" && name !== "revoke") return;
  const home = createHome(join(folder, "home"));
  const other = createAuthorityIdentity(home, {
    name: "other",
    spiffeId: "spiffe://example.org/authority/other",
  });
  initRevocations(home, { signer: other.signer });
}
