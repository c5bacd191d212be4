import { existsSync, lstatSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { WrunError } from "../errors/index.js";
import { makeFolder, syncFolder } from "../files/index.js";
import { checkOwnerOnlyFolder } from "./owner-only.js";

declare const checked: unique symbol;

/** A wrun home whose folders were found to be this user's own. All paths are absolute. */
export interface Home {
  readonly [checked]: "home";
  readonly folder: string;
  /** One folder an identity: `keys/<kind>/<name>/`. */
  readonly keys: string;
  /** Notation's layout: `truststore/x509/ca/<store>/*.pem`. */
  readonly truststore: string;
  readonly lineage: string;
  readonly cache: string;
  /** What this home remembers so as to notice a rollback. */
  readonly memory: string;
  /** `trustpolicy.json`. */
  readonly trustPolicy: string;
  /** `revocations.jws`. */
  readonly revocations: string;
}

/** Where the home is: the explicit path, else `WRUN_HOME`, else `~/.wrun`. An empty `WRUN_HOME` counts as unset. */
export function locateHome(explicit?: string, env: NodeJS.ProcessEnv = process.env): string {
  const fromEnv = env["WRUN_HOME"];
  if (explicit !== undefined) return resolve(explicit);
  return fromEnv ? resolve(fromEnv) : join(homedir(), ".wrun");
}

/** Creates what is missing, 0700, and opens it. An existing home is checked, never changed. */
export function createHome(folder: string): Home {
  const home = layout(resolve(folder));
  const before = dirname(home.folder);
  try {
    makeFolder(before);
    for (const path of folders(home)) if (!isThere(path)) mkdirSync(path, { mode: 0o700 });
    syncFolder(home.folder);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new WrunError("FILE_UNWRITABLE", { path: home.folder, reason }, { cause: error });
  }
  return openHome(folder);
}

/** Opens an existing home. Throws `HOME_MISSING`, `HOME_UNSAFE`. */
export function openHome(folder: string): Home {
  const home = layout(resolve(folder));
  if (!isThere(home.folder)) throw new WrunError("HOME_MISSING", { path: home.folder });
  for (const path of folders(home)) checkOwnerOnlyFolder(path);
  return home;
}

/** True for a dangling link as well, which must be refused and not be followed by `mkdir`. */
function isThere(path: string): boolean {
  return existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function folders(home: Home): readonly string[] {
  return [home.folder, home.keys, home.truststore, home.lineage, home.cache, home.memory];
}

function layout(folder: string): Home {
  const paths = {
    folder,
    keys: join(folder, "keys"),
    truststore: join(folder, "truststore"),
    lineage: join(folder, "lineage"),
    cache: join(folder, "cache"),
    memory: join(folder, "memory"),
    trustPolicy: join(folder, "trustpolicy.json"),
    revocations: join(folder, "revocations.jws"),
  };
  return Object.freeze(paths) as Home;
}
