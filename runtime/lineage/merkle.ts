import { hash as hashOnce } from "node:crypto";

/** Leaf hash of RFC 6962, section 2.1: SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array): Buffer {
  return hashOnce("sha256", Buffer.concat([leafPrefix, entry]), "buffer");
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hashOnce("sha256", Buffer.concat([nodePrefix, left, right]), "buffer");
}

const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);

/** The Merkle tree of RFC 6962, kept as the roots of its complete subtrees: log2(size) hashes. */
export class MerkleTree {
  #size = 0;
  /** Complete subtrees from left to right; their sizes are the powers of two in `#size`. */
  readonly #subtrees: Uint8Array[] = [];

  get size(): number {
    return this.#size;
  }

  /** @param leaf as {@link leafHash} makes it */
  append(leaf: Uint8Array): void {
    let root = leaf;
    for (let size = this.#size; size % 2 === 1; size = Math.floor(size / 2)) {
      const left = this.#subtrees.pop();
      if (left === undefined) throw new RangeError("the tree lost a subtree");
      root = nodeHash(left, root);
    }
    this.#subtrees.push(root);
    this.#size++;
  }

  root(): Buffer {
    const last = this.#subtrees.at(-1);
    if (last === undefined) return hashOnce("sha256", Buffer.alloc(0), "buffer");
    return Buffer.from(this.#subtrees.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last));
  }
}
