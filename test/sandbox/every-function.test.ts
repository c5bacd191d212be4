import assert from "node:assert/strict";
import { beforeAll, describe, it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { camelCase, pascalCase } from "../../runtime/component/in-worker.js";
import type { ComponentType, InterfaceType } from "../../runtime/component/wit-types.js";
import type { Decision } from "../../runtime/policy/types.js";
import { bindImports } from "../../runtime/sandbox/gate/bind-imports.js";
import type { BoundCall } from "../../runtime/sandbox/gate/call-site.js";
import { createGate } from "../../runtime/sandbox/gate/gate.js";
import type { CallIntent } from "../../runtime/sandbox/gate/parts.js";
import { createPoison } from "../../runtime/sandbox/gate/poison.js";
import { hostFunction, type HostFunction } from "../../runtime/sandbox/host-function.js";
import type { PreparedPackage } from "../../runtime/sandbox/host-package.js";
import { declaredImports, preparedPackages } from "./declared-functions.js";
import { denyUndecided } from "./gate/deny-undecided.js";
import { uncounted } from "../attacks/uncounted.js";

const allow: Decision = { verdict: "allow", rule: null, onViolation: "deny", reason: "" };
const deny: Decision = {
  verdict: "deny",
  rule: null,
  onViolation: "deny",
  reason: "the test denies everything",
};

describe("every function of every interface in the WIT files", () => {
  let imports: ComponentType["imports"];
  let prepared: ReadonlyMap<string, PreparedPackage>;

  beforeAll(async () => {
    imports = await declaredImports();
    prepared = await preparedPackages();
  });

  function implementationOf(importName: string, functionName: string): HostFunction | undefined {
    const [packageName = "", interfaceName = ""] = (importName.split("@")[0] ?? "").split("/");
    return prepared.get(packageName)?.[interfaceName]?.[functionName];
  }

  /** Calls everything that a guest could reach, and tells what went through the gate and what reached a host function. */
  function walk(decision: Decision): { entered: Set<string>; intents: CallIntent[]; reached: Set<string> } {
    const entered = new Set<string>();
    const reached = new Set<string>();
    const intents: CallIntent[] = [];
    const stand = (importName: string, functionName: string): HostFunction | undefined => {
      if (implementationOf(importName, functionName) === undefined) return undefined;
      return hostFunction({
        durability: "written",
        call: () => {
          reached.add(`${importName.split("@")[0]} ${functionName}`);
          throw new Error("reached");
        },
      });
    };
    const gate = createGate({
      trust: { isTrustedAndFresh: () => true },
      policy: { decide: () => decision, denyUndecided, looksAtArguments: () => false },
      budgets: { charge: () => undefined },
      rates: { take: () => undefined, isLimited: () => false },
      evidence: { intent: (intent) => intents.push(intent), outcome: () => undefined },
      poison: createPoison(),
      now: () => 1n,
    });
    // Shells need handles that only real calls make; what the walk is about comes before and after that.
    const withoutHandles = (call: BoundCall, args: readonly unknown[]): unknown => {
      entered.add(`${call.site.interface} ${call.site.function}`);
      return gate({ ...call, liftArguments: () => ({ args: [...args], given: [] }) }, args);
    };
    const bound = bindImports(imports, stand, withoutHandles, uncounted).imports;
    for (const item of imports.interfaces) callAll(item, bound[item.name] ?? {});
    return { entered, intents, reached };
  }

  it("is known: the walk covers every package that is implemented", () => {
    const packages = new Set(imports.interfaces.map(({ name }) => name.split("/")[0] ?? ""));
    assert.deepEqual(packages, new Set(hostPackages.map(({ name }) => name)));
    assert.ok(declared(imports).length > 180, `only ${declared(imports).length} functions were found`);
  });

  it("enters the gate, and is recorded there before anything else", () => {
    const { entered, intents } = walk(deny);
    assert.deepEqual([...entered].sort(), declared(imports));
    assert.equal(
      new Set(intents.map((intent) => `${intent.interface} ${intent.function}`)).size,
      declared(imports).length,
    );
  });

  it("reaches no host function while everything is denied", () => {
    assert.deepEqual([...walk(deny).reached], []);
  });

  it("reaches its host function when it is allowed", () => {
    const missing = declared(imports).filter((name) => !walkAllowed().has(name));
    assert.deepEqual(missing, []);
  });

  let allowed: Set<string> | undefined;
  function walkAllowed(): Set<string> {
    allowed ??= walk(allow).reached;
    return allowed;
  }
});

function declared(imports: ComponentType["imports"]): string[] {
  return imports.interfaces
    .flatMap(({ name, functions }) => [...functions.keys()].map((each) => `${name.split("@")[0]} ${each}`))
    .sort();
}

/** Calls each function as generated code would: by its JavaScript name, on the class's prototype for methods. */
function callAll(item: InterfaceType, target: Record<string, unknown>): void {
  for (const name of item.functions.keys()) {
    const parts = /^\[(constructor|method|static)\]([^.]+)(?:\.(.+))?$/.exec(name);
    try {
      if (parts === null) {
        (target[camelCase(name)] as () => unknown)();
        continue;
      }
      const [, kind, resource = "", member = ""] = parts;
      const shell = target[pascalCase(resource)] as (new () => object) & Record<string, () => unknown>;
      if (kind === "constructor") Reflect.construct(shell, []);
      else if (kind === "static") shell[camelCase(member)]?.();
      else
        (shell.prototype as Record<string, () => unknown>)[camelCase(member)]?.call(
          Object.create(shell.prototype as object),
        );
    } catch {
      // A denial without a WIT error, and the stand-in's own throw, are traps.
    }
  }
}
