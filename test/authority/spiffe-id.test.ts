import assert from "node:assert/strict";
import { test } from "vitest";
import { parseSpiffeId } from "../../runtime/authority/index.js";

test("a SPIFFE id with a path is accepted as it is", () => {
  for (const text of [
    "spiffe://example.org/node/one",
    "spiffe://a/b",
    "spiffe://wrun.local/Workload/x_y-1.2",
  ]) {
    assert.equal(parseSpiffeId(text), text);
  }
});

for (const text of [
  "",
  "spiffe://",
  "spiffe://example.org",
  "spiffe://example.org/",
  "spiffe:///node",
  "SPIFFE://example.org/node",
  "https://example.org/node",
  "spiffe://Example.org/node",
  "spiffe://example.org:80/node",
  "spiffe://user@example.org/node",
  "spiffe://example.org/a//b",
  "spiffe://example.org/a/",
  "spiffe://example.org/a/../b",
  "spiffe://example.org/./b",
  "spiffe://example.org/a%2fb",
  "spiffe://example.org/a?b",
  "spiffe://example.org/a#b",
  "spiffe://example.org/a\n",
  " spiffe://example.org/a",
  `spiffe://${"a".repeat(256)}/b`,
  `spiffe://example.org/${"a".repeat(2048)}`,
]) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused as a SPIFFE id`, () => {
    assert.throws(() => parseSpiffeId(text), { code: "SPIFFE_ID_INVALID" });
  });
}
