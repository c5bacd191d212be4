import { sha256, sha256Text } from "./sha256.js";

/** Leaf hash of RFC 6962, section 2.1: SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(1 + entry.length);
  prefixed[0] = 0;
  prefixed.set(entry, 1);
  return sha256(prefixed);
}

/** Where the entry of an inner node is put together: 0x01 || left || right. */
const node = Buffer.alloc(1 + 32 + 32, 1);

function nodeText(left: string, right: string): string {
  node.write(left, 1, 32, "latin1");
  node.write(right, 33, 32, "latin1");
  return sha256Text(node);
}

/** The Merkle tree of RFC 6962, kept as the roots of its complete subtrees: log2(size) hashes. */
export class MerkleTree {
  #size = 0;
  /** Complete subtrees from left to right; their sizes are the powers of two in `#size`. */
  readonly #subtrees: string[] = [];

  get size(): number {
    return this.#size;
  }

  /** @param leaf as {@link leafHash} makes it */
  append(leaf: Uint8Array): void {
    this.appendText(Buffer.from(leaf).toString("binary"));
  }

  /** @param leaf as {@link leafHash} makes it, each of the 32 bytes a character (`sha256Text`) */
  appendText(leaf: string): void {
    let root = leaf;
    for (let size = this.#size; size % 2 === 1; size = Math.floor(size / 2)) {
      const left = this.#subtrees.pop();
      if (left === undefined) throw new RangeError("the tree lost a subtree");
      root = nodeText(left, root);
    }
    this.#subtrees.push(root);
    this.#size++;
  }

  root(): Buffer {
    const last = this.#subtrees.at(-1);
    if (last === undefined) return sha256(Buffer.alloc(0));
    const root = this.#subtrees.slice(0, -1).reduceRight((right, left) => nodeText(left, right), last);
    return Buffer.from(root, "binary");
  }
}
