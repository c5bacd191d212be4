import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { FunctionType } from "../../../runtime/component/wit-types.js";
import { loadPolicy } from "../../../runtime/policy/index.js";
import { createRateLimiter } from "../../../runtime/policy/in-worker.js";
import type { Facts } from "../../../runtime/policy/types.js";
import { bindCall } from "../../../runtime/sandbox/gate/call-site.js";
import { deliberate } from "../../../runtime/sandbox/gate/deliberate.js";
import { createResourceTable } from "../../../runtime/sandbox/gate/resources.js";
import {
  type HostFunctionDefinition,
  hostFunction,
  WitError,
} from "../../../runtime/sandbox/host-function.js";
import { bytesOf, contracts } from "../../policy/fixture.js";
import { uncounted } from "../../attacks/uncounted.js";

const type: FunctionType = { params: [], result: { kind: "result", ok: undefined, err: undefined } };

/** A function of `wasi:cli/environment` that touches keys, behind rules for `A`, `B` and `C*`. */
function world(rules: string) {
  const head = "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: x }\n";
  const policy = loadPolicy(bytesOf(`${head}allow: [${rules}]`), "policy.yaml", contracts);
  const parts = { policy, rates: createRateLimiter(policy) };
  const resources = createResourceTable(() => Object, uncounted);
  return (keys: readonly string[], more: Partial<HostFunctionDefinition> = {}) => {
    const facts = (): Facts[] => keys.map((key) => ({ key }));
    const host = hostFunction({ facts, call: () => undefined, durability: "ring", ...more });
    const call = bindCall("wasi:cli/environment@0.2.0", "get", type, host, resources);
    const { decision } = deliberate(parts, call, [], 0n);
    return decision.verdict === "allow" ? "allowed" : (decision.rule ?? "no rule");
  };
}

const ruleFor = (id: string, key: string, burst?: number): string => {
  const rate = burst === undefined ? "" : `, rate: { perSecond: 1, burst: ${burst} }`;
  return `{ id: ${id}, interface: wasi:cli/environment, env: ["${key}"]${rate} }`;
};

describe("a call with several facts", () => {
  it("is charged to every rule that let one of them through, wherever it stands", () => {
    const call = world([ruleFor("free", "A"), ruleFor("paid", "B", 2)].join());
    assert.deepEqual(
      [call(["A", "B"]), call(["B", "A"]), call(["A", "A", "B"])],
      ["allowed", "allowed", "paid"],
    );
    assert.equal(call(["A"]), "allowed");
  });

  it("is charged once to each rule, however many facts the rule covers", () => {
    const call = world(ruleFor("paid", "C*", 2));
    assert.deepEqual(
      [call(["C1", "C2", "C3"]), call(["C1", "C2"]), call(["C1"])],
      ["allowed", "allowed", "paid"],
    );
  });

  it("costs the other rules nothing where one of them has no room, and is denied by that one", () => {
    const call = world([ruleFor("many", "A", 3), ruleFor("few", "B", 1)].join());
    assert.equal(call(["A", "B"]), "allowed");
    for (let index = 0; index < 5; index++) assert.equal(call(["A", "B"]), "few");
    assert.deepEqual([call(["A"]), call(["A"]), call(["A"])], ["allowed", "allowed", "many"]);
  });

  it("costs nothing where a fact is denied", () => {
    const call = world(ruleFor("paid", "A", 1));
    assert.equal(call(["A", "X"]), "no rule");
    assert.equal(call(["A"]), "allowed");
  });
});

describe("a call that asks outside", () => {
  it("is charged before it asks, and once to a rule that also allows what is found", () => {
    const call = world([ruleFor("name", "A", 2), ruleFor("address", "B", 1)].join());
    let asked = 0;
    const finding = (key: string): Partial<HostFunctionDefinition> => ({
      sample: () => {
        asked += 1;
        return [{ key }];
      },
    });
    assert.equal(call(["A"], finding("A")), "allowed");
    assert.equal(call(["A"], finding("B")), "allowed");
    assert.equal(call(["A"], finding("A")), "name");
    assert.equal(asked, 2);
  });

  it("is charged where nothing is found, or what is denied", () => {
    const call = world(ruleFor("name", "A", 2));
    const failing = (): never => {
      throw new WitError("no such name");
    };
    assert.equal(call(["A"], { sample: failing }), "allowed", "it was, and then it failed");
    assert.equal(call(["A"], { sample: () => [{ key: "X" }] }), "no rule");
    assert.equal(call(["A"]), "name");
  });
});
