import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { Bench } from "../../bench/bench.js";
import { select } from "../../bench/select.js";

const measure = () => Promise.reject(new Error("nothing is measured here"));
const benches: readonly Bench[] = [
  {
    name: "a",
    rows: [
      { name: "x", measure },
      { name: "y", measure },
    ],
  },
  { name: "b", rows: [{ name: "z", measure }] },
];

describe("the names of benches on the command line", () => {
  it("are all of them where none is given", () => {
    assert.deepEqual(select(benches, []), [
      { bench: "a", rows: [] },
      { bench: "b", rows: [] },
    ]);
  });

  it("are those of benches and of rows", () => {
    assert.deepEqual(select(benches, ["b", "a/y", "a/x"]), [
      { bench: "b", rows: [] },
      { bench: "a", rows: ["y", "x"] },
    ]);
  });

  it("take a bench whole that is named whole, in whatever order", () => {
    for (const names of [
      ["a", "a/y"],
      ["a/y", "a"],
    ])
      assert.deepEqual(select(benches, names), [{ bench: "a", rows: [] }]);
  });

  it("are refused where they name nothing, with those that there are", () => {
    for (const name of ["c", "a/z", "", "a/"]) {
      const refusal = select(benches, [name]);
      assert.ok(typeof refusal === "string" && refusal.includes(`'${name}'`), name);
      assert.match(refusal, /a \(x, y\); b \(z\)/);
    }
  });
});
