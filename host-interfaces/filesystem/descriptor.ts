import type { HeldMemory, Holding } from "../../runtime/host-contract.js";
import type { HeldRoot } from "./root.js";
import type { OpenFile } from "./open-file.js";

/** WIT's `descriptor-flags`. */
export interface DescriptorFlags {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly fileIntegritySync?: boolean;
  readonly dataIntegritySync?: boolean;
  readonly requestedWriteSync?: boolean;
  readonly mutateDirectory?: boolean;
}

const segmentBytes = 32;

/**
 * The resource `wasi:filesystem/types.descriptor`.
 *
 * It remembers where it was opened, because every later call on it is decided on that place too: a policy may allow
 * listing where it does not allow reading. A folder is always walked to anew from its root, so that a descriptor of a
 * folder that has been moved leads to nothing rather than to a place that nobody decided on.
 */
export class Descriptor implements Disposable {
  readonly root: HeldRoot;
  readonly segments: readonly string[];
  readonly type: "directory" | "regular-file";
  readonly flags: DescriptorFlags;
  readonly #file: OpenFile | undefined;
  readonly #holding: Holding;
  #dropped = false;

  /** @param file the open file; a folder needs none. */
  constructor(
    memory: HeldMemory,
    root: HeldRoot,
    segments: readonly string[],
    type: Descriptor["type"],
    flags: DescriptorFlags,
    file: OpenFile | undefined,
  ) {
    // Each name is a string of its own, in UTF-16 at worst.
    this.#holding = memory.hold(segments.reduce((sum, name) => sum + segmentBytes + 2 * name.length, 0));
    this.root = root;
    this.segments = segments;
    this.type = type;
    this.flags = flags;
    this.#file = file;
  }

  /** The open file; undefined for a folder. */
  get file(): OpenFile | undefined {
    if (this.#dropped) throw new TypeError("the descriptor was dropped");
    return this.#file;
  }

  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#holding.release();
    this.#file?.release();
  }
}

/** The gate has checked the handle's resource type. That says which WIT type it is, not who made the object. */
export function descriptorOf(value: unknown): Descriptor {
  if (!(value instanceof Descriptor)) throw new TypeError("not a descriptor of this host");
  return value;
}
