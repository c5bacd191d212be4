import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { FunctionType, ResourceType } from "../../runtime/component/wit-types.js";
import type { Decision } from "../../runtime/policy/types.js";
import { bindImports } from "../../runtime/sandbox/gate/bind-imports.js";
import { createGate } from "../../runtime/sandbox/gate/gate.js";
import type { GateParts } from "../../runtime/sandbox/gate/parts.js";
import { createPoison } from "../../runtime/sandbox/gate/poison.js";
import { type HostFunctionDefinition, hostFunction } from "../../runtime/sandbox/host-function.js";
import { denyUndecided } from "../sandbox/gate/deny-undecided.js";
import { uncounted } from "../attacks/uncounted.js";

const file: ResourceType = { name: "file", interface: "demo:a/b" };
const functions = new Map<string, FunctionType>([
  ["open", { params: [], result: { kind: "own", resource: file } }],
  [
    "close",
    {
      params: [{ name: "file", type: { kind: "own", resource: file } }],
      result: { kind: "result", ok: undefined, err: undefined },
    },
  ],
]);

const allow: Decision = { verdict: "allow", rule: null, onViolation: "deny", reason: "" };
const deny: Decision = { verdict: "deny", rule: null, onViolation: "deny", reason: "because" };

/** A gate in front of two functions, one that gives a handle and one that takes it. */
function world(parts: Partial<GateParts>, close: Partial<HostFunctionDefinition> = {}) {
  const log: string[] = [];
  const definitions: Record<string, HostFunctionDefinition> = {
    open: { durability: "ring", call: () => ({ [Symbol.dispose]: () => void log.push("disposed") }) },
    close: {
      durability: "ring",
      denied: { error: undefined },
      call: () => void log.push("closed"),
      ...close,
    },
  };
  const poison = createPoison();
  const gate = createGate({
    trust: { isTrustedAndFresh: () => true },
    policy: { decide: () => allow, denyUndecided, looksAtArguments: () => false },
    budgets: { charge: () => undefined },
    rates: { take: () => undefined, isLimited: () => false },
    evidence: { intent: () => log.push("intent"), outcome: (_, { kind }) => void log.push(kind) },
    poison,
    now: () => 1n,
    ...parts,
  });
  const { imports } = bindImports(
    {
      interfaces: [{ name: "demo:a/b", functions, resources: new Map([["file", file]]) }],
      functions: new Map(),
      resources: new Map(),
    },
    (_, name) => {
      const definition = definitions[name];
      return definition === undefined ? undefined : hostFunction(definition);
    },
    gate,
    uncounted,
  );
  const target = imports["demo:a/b"] as { open(): object; close(file: object): unknown };
  return { target, log, poison };
}

describe("a handle that is given away with a call", () => {
  it("is dropped where the call is denied, after that was recorded", () => {
    const { target, log } = world({
      policy: {
        decide: ({ function: name }) => (name === "close" ? deny : allow),
        denyUndecided,
        looksAtArguments: () => false,
      },
    });
    const handle = target.open();
    assert.throws(() => target.close(handle), { payload: undefined });
    assert.deepEqual(log, ["intent", "returned", "intent", "denied", "disposed"]);
    assert.throws(() => target.close(handle), TypeError);
  });

  it("is the host function's to dispose of where the call is made", () => {
    const { target, log } = world({});
    target.close(target.open());
    assert.deepEqual(log, ["intent", "returned", "intent", "closed", "returned"]);
  });
});

describe("trust that goes while a call is decided on", () => {
  it("traps before the call", () => {
    let trusted = true;
    // A name that takes long to look up, for example.
    const sample = (): [] => {
      trusted = false;
      return [];
    };
    const { target, log, poison } = world({ trust: { isTrustedAndFresh: () => trusted } }, { sample });
    const handle = target.open();
    assert.throws(() => target.close(handle), { name: "RuntimeError" });
    assert.deepEqual(poison.end, { kind: "untrusted" });
    assert.ok(!log.includes("closed"), log.join());
  });
});
