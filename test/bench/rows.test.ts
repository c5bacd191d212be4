import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { benches } from "../../bench/catalogue.js";
import type { Result } from "../../bench/measure/measurement.js";
import { asJson, asMarkdown, onTerminal } from "../../bench/measure/report.js";

/**
 * Goes through each row once or twice. That contestants made the same calls and got the same answers, that every
 * governed call was decided and that its lineage verifies is checked by the benches themselves, at each run: a row that
 * is measured was true to that. Times are nobody's business here.
 */
function assertShape(name: string, result: Result): void {
  assert.equal(result.name, name);
  for (const form of [asJson, asMarkdown, onTerminal]) {
    const line = form.line(result);
    assert.ok(line.includes(name) && line.indexOf("\n") === line.length - 1, line);
  }
  if ("notThereYet" in result) {
    assert.ok(result.notThereYet.length > 0);
    assert.ok(!("ours" in result));
    return;
  }
  assert.ok(Number.isFinite(result.ours) && result.ours > 0, `${name} is ${result.ours}`);
  assert.ok(Number.isInteger(result.rounds) && result.rounds > 0);
  assert.ok(result.spread.ours.p10 <= result.ours);
  // A row of a high quantile lies above the spread by its nature.
  assert.ok(name.endsWith("-p99") || result.ours <= result.spread.ours.p90);
  if (result.peer === undefined) {
    assert.equal(result.ratio, undefined);
    return;
  }
  assert.ok(Number.isFinite(result.peer) && result.peer > 0, `${name}'s peer is ${result.peer}`);
  assert.equal(result.ratio, result.ours / result.peer);
  assert.ok(result.peerName !== undefined && result.peerName !== "");
}

for (const { name, rows } of benches) {
  describe(`the bench ${name}`, () => {
    for (const row of rows) {
      it(`measures ${row.name}`, async () => {
        assertShape(`${name}/${row.name}`, await row.measure("smoke"));
      });
    }
  });
}
