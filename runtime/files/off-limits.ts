import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { hasCode } from "./lock-claims.js";

/** `device:inode`: what a file or folder is, whatever name it was found under. */
type ObjectId = string;
type Identity = Pick<fs.BigIntStats, "dev" | "ino">;

/**
 * A folder of the host that no guest may reach, and what was found in it. Names do not tell: a bind mount, a hard link or
 * a link above a folder gives it another one. Plain data, for a guest's worker.
 */
export interface OffLimits {
  /** Undefined where nothing is off limits. */
  readonly folder: string | undefined;
  /** Folders in it that hold too much to be told file by file. They are off limits as folders. */
  readonly unsearched: readonly string[];
  readonly folders: readonly ObjectId[];
  readonly files: readonly ObjectId[];
  /** All that the folder lies in, up to the root of the file system. */
  readonly above: readonly ObjectId[];
}

export const nothingOffLimits: OffLimits = {
  folder: undefined,
  unsearched: [],
  folders: [],
  files: [],
  above: [],
};

/** Looks at the folder as it is now. Throws what the file system says. */
export function surveyOffLimits(folder: string, unsearched: readonly string[]): OffLimits {
  const own = fs.statSync(folder, { bigint: true });
  const above = ancestorsOf(folder, own);
  return { folder, unsearched, above, ...contentsOf(folder, unsearched) };
}

/** Tells what is off limits from what is not, by what was opened and not by its name. */
export class Barrier {
  readonly #offLimits: OffLimits;
  readonly #folders: ReadonlySet<ObjectId>;
  readonly #files: ReadonlySet<ObjectId>;
  readonly #above: ReadonlySet<ObjectId>;

  constructor(offLimits: OffLimits) {
    this.#offLimits = offLimits;
    this.#folders = new Set(offLimits.folders);
    this.#files = new Set(offLimits.files);
    this.#above = new Set(offLimits.above);
  }

  coversFolder(stats: Identity): boolean {
    return this.#folders.has(idOf(stats));
  }

  /** A file that came to be after the survey can be met elsewhere only by a hard link, and then has two names or more. */
  coversFile(stats: Identity & Pick<fs.BigIntStats, "nlink">): boolean {
    const id = idOf(stats);
    if (this.#files.has(id)) return true;
    const { folder, unsearched } = this.#offLimits;
    return stats.nlink > 1n && folder !== undefined && contentsOf(folder, unsearched).files.includes(id);
  }

  /** How giving this folder away would give away what is off limits; undefined where it would not. */
  reachOf(path: string): string | undefined {
    const own = fs.statSync(path, { bigint: true });
    if (this.#folders.has(idOf(own))) return "it is a folder of the home";
    if (this.#above.has(idOf(own))) return "the home is below it";
    const isInside = ancestorsOf(path, own).some((id) => this.#folders.has(id));
    return isInside ? "it lies in the home" : undefined;
  }

  /** {@link reachOf} for a folder that may yet have to be made. */
  reachOfPlanned(path: string): string | undefined {
    if (fs.existsSync(path) || dirname(path) === path) return this.reachOf(path);
    const above = this.reachOfPlanned(dirname(path));
    return above === "the home is below it" ? undefined : above;
  }
}

function idOf({ dev, ino }: Identity): ObjectId {
  return `${dev}:${ino}`;
}

/** What the kernel says lies above a folder. `join` would take `..` off the name, which may lead through a link. */
function ancestorsOf(path: string, own: Identity): readonly ObjectId[] {
  const found: ObjectId[] = [];
  let last = idOf(own);
  for (let at = `${path}/..`; ; at = `${at}/..`) {
    const id = idOf(fs.statSync(at, { bigint: true }));
    if (id === last) return found;
    found.push(id);
    last = id;
  }
}

function contentsOf(top: string, unsearched: readonly string[]): Pick<OffLimits, "folders" | "files"> {
  const folders: ObjectId[] = [];
  const files: ObjectId[] = [];
  const pending = [top];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const stats = there(() => fs.statSync(path, { bigint: true }));
    if (stats === undefined) continue;
    if (!stats.isDirectory()) {
      files.push(idOf(stats));
      continue;
    }
    folders.push(idOf(stats));
    if (unsearched.includes(path)) continue;
    for (const entry of there(() => fs.readdirSync(path, { withFileTypes: true })) ?? []) {
      const child = join(path, entry.name);
      // A link's target is where it lies; of a file that somebody keeps elsewhere, that file counts as well.
      if (!entry.isSymbolicLink() || isFile(child)) pending.push(child);
    }
  }
  return { folders, files };
}

function isFile(path: string): boolean {
  return there(() => fs.statSync(path))?.isFile() === true;
}

/** Drafts and locks come and go. */
function there<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
