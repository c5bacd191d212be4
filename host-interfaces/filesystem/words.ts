import { rights as all, type Right } from "./rights.js";

/* What a rule can say of each function; see `InterfaceContract.words`. */

/** The rights that a call asks for at what it names or has open. */
const asked: Readonly<Record<string, readonly Right[]>> = {
  read: ["read"],
  "read-via-stream": ["read"],
  write: ["write"],
  "write-via-stream": ["write"],
  "append-via-stream": ["write"],
  "set-size": ["write"],
  "set-times": ["write"],
  sync: ["stat"],
  "sync-data": ["stat"],
  advise: ["stat"],
  stat: ["stat"],
  "metadata-hash": ["stat"],
  "read-directory": ["list"],
};

/** The same where a name is resolved, which asks for `stat` at each symbolic link on the way. */
const askedAtName: Readonly<Record<string, readonly Right[]>> = {
  "open-at": ["stat", "read", "write", "create"],
  "stat-at": ["stat"],
  "metadata-hash-at": ["stat"],
  "readlink-at": ["stat"],
  "set-times-at": ["stat", "write"],
  "create-directory-at": ["stat", "create"],
  "remove-directory-at": ["stat", "delete"],
  "unlink-file-at": ["stat", "delete"],
  "rename-at": all,
  "link-at": ["stat", "read", "write", "create"],
  "symlink-at": ["stat", "create"],
};

/** They are denied by a denial of any right below the new name. */
const planting = ["rename-at", "link-at", "symlink-at"];
/** Of what they name itself they ask for `stat`, which every right brings along. */
const seeing = ["open-at", "stat-at", "metadata-hash-at", "readlink-at"];

export const fileWords = wordsOf((name, rights) =>
  seeing.includes(name) || rights.every((right) => right === "stat") ? all : rights,
);

export const fileDenyWords = wordsOf((name, rights) => (planting.includes(name) ? all : rights));

function wordsOf(rightsOf: (name: string, rights: readonly Right[]) => readonly Right[]) {
  return Object.fromEntries(
    Object.entries({ ...asked, ...askedAtName }).map(([name, rights]) => [
      `[method]descriptor.${name}`,
      { rights: rightsOf(name, rights) },
    ]),
  );
}
