import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { contractsOf } from "../../runtime/index.js";
import { type Facts, loadPolicy } from "../../runtime/policy/index.js";

const contracts = contractsOf(hostPackages);
const head = "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: test }\n";
const partial: readonly Facts[] = [
  {},
  { root: "data" },
  { bucket: "b" },
  { key: "K" },
  { host: "a.example" },
  { port: 53 },
  { direction: "resolve" },
  { scheme: "http" },
  { root: "data", preopen: true },
];

describe("the lines that are proposed for a call", () => {
  for (const [name, { grant, functions }] of contracts) {
    if (grant === undefined) continue;
    it(`make a policy also where somebody left facts out: ${name}`, () => {
      const [called = ""] = functions ?? [];
      const policy = loadPolicy(Buffer.from(head), "policy.yaml", contracts);
      for (const facts of partial) {
        const { reason } = policy.decide({ interface: name, function: called }, facts);
        const lines = reason.slice(reason.indexOf("  - interface"));
        const proposed = `${head}allow:\n${lines}\n`;
        assert.doesNotThrow(
          () => loadPolicy(Buffer.from(proposed), "policy.yaml", contracts),
          `${JSON.stringify(facts)}: ${lines}`,
        );
        assert.doesNotMatch(lines, /undefined/);
      }
    });
  }
});
