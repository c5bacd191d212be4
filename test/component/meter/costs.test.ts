import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "vitest";
import { frame, instructionCosts, lengthCosts } from "../../../runtime/component/meter/costs.js";

const page = readFileSync(new URL("../../../../docs/fuel.md", import.meta.url), "utf8");

/** The last cells of the table's rows below this heading, whose rows stand in the order of the code. */
function numbersBelow(heading: string, cells: number): number[][] {
  const table = page
    .slice(page.indexOf(heading))
    .split("\n\n")
    .find((part) => part.startsWith("| --- |") || part.includes("\n| --- |"));
  assert.ok(table !== undefined);
  return table
    .split("\n")
    .slice(2)
    .map((row) => row.split("|").slice(1, -1).slice(-cells))
    .map((row) => row.map((cell) => Number(/\d+/.exec(cell)?.[0] ?? 1)));
}

describe("docs/fuel.md", () => {
  it("says what instructions cost", () => {
    const costs = Object.values(instructionCosts);
    assert.deepEqual(numbersBelow("| instructions | units |", 1).flat(), costs);
  });

  it("says what is charged by length", () => {
    const { memoryBytes, memoryPages, tableElements } = lengthCosts;
    assert.deepEqual(
      numbersBelow("| operations | for every | units |", 1).flat(),
      [memoryBytes, memoryPages, tableElements].map(({ units }) => units),
    );
    assert.ok(page.includes(`| ${memoryBytes.per} bytes |`));
    assert.deepEqual([memoryPages.per, tableElements.per], [1, 1]);
  });

  it("says how a frame is counted", () => {
    assert.deepEqual(frame, { values: 8, valuesPerUnit: 16 });
    assert.match(page, /The unit is sixteen values of a frame/);
    assert.match(page, /and eight values for itself/);
  });
});
