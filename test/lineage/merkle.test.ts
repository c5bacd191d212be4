import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "vitest";
import * as fc from "fast-check";
import { leafHash, MerkleTree } from "../../runtime/lineage/merkle.js";

/** The leaves and roots that implementations of RFC 6962 have in common, from Certificate Transparency's tests. */
const leaves = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const roots = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

test("the tree has the roots of Certificate Transparency's vectors", () => {
  const tree = new MerkleTree();
  assert.equal(tree.root().toString("hex"), createHash("sha256").digest("hex"));
  for (const [index, leaf] of leaves.entries()) {
    tree.append(leafHash(Buffer.from(leaf, "hex")));
    assert.equal(tree.root().toString("hex"), roots[index]);
    assert.equal(tree.size, index + 1);
  }
});

test("the tree agrees with the definition in RFC 6962, section 2.1, at any size", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 4 }), { minLength: 1, maxLength: 70 }), (entries) => {
      const tree = new MerkleTree();
      for (const entry of entries) tree.append(leafHash(entry));
      assert.deepEqual(tree.root(), definedRoot(entries));
    }),
  );
});

function definedRoot(entries: readonly Uint8Array[]): Buffer {
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return sha256(Buffer.of(0), only);
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  return sha256(Buffer.of(1), definedRoot(entries.slice(0, split)), definedRoot(entries.slice(split)));
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}
