import assert from "node:assert/strict";
import { describe, it } from "vitest";
import {
  type Facts,
  type GrantKind,
  createAddressSet,
  createHostSet,
  createKeySet,
  createPathTrie,
} from "../../runtime/policy/in-worker.js";
import { loadPolicy } from "../../runtime/policy/index.js";
import { bytesOf, contracts, envKind } from "./fixture.js";

/** How often an act looks into any Map or Set: what a scan would have to do for each rule. */
function probes(act: () => void): number {
  const { get, has } = Map.prototype;
  const { has: contains } = Set.prototype;
  let calls = 0;
  const counting = <Method extends (this: never, key: unknown) => unknown>(method: Method): Method =>
    function (this: never, key: unknown) {
      calls++;
      return method.call(this, key);
    } as Method;
  Object.assign(Map.prototype, { get: counting(get), has: counting(has) });
  Object.assign(Set.prototype, { has: counting(contains) });
  try {
    act();
  } finally {
    Object.assign(Map.prototype, { get, has });
    Object.assign(Set.prototype, { has: contains });
  }
  return calls;
}

const patterns = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index));

const compiled = (count: number) => {
  const seen = { indexes: 0, grants: 0, lookups: 0 };
  const kind: GrantKind<string> = {
    ...envKind,
    compile: (grants, effect) => {
      seen.indexes++;
      seen.grants += grants.length;
      const find = envKind.compile(grants, effect);
      return (facts: Facts) => {
        seen.lookups++;
        return find(facts);
      };
    },
  };
  const rules = (effect: string) =>
    Array.from(
      { length: count },
      (_, index) =>
        `{"id":"${effect}${index}","interface":"wasi:cli/environment","env":["${effect}${index}"]}`,
    );
  const named = Array.from(
    { length: count },
    (_, index) =>
      `{"interface":"acme:billing/ledger","functions":["f${index}"],"args":[{"path":"a","equals":${index}}]}`,
  );
  const one = Array.from(
    { length: count / 10 },
    (_, index) => `{"interface":"acme:billing/audit","args":[{"path":"a","equals":${index}}]}`,
  );
  const text = `{"apiVersion":"wrun/v1","kind":"Policy","metadata":{"name":"x"},
"allow":[${[...rules("a"), ...named, ...one].join(",")}],
"deny":[${rules("d").join(",")}]}`;
  const besides = new Map([
    ...contracts,
    ["wasi:cli/environment", { authority: "granted", grant: kind }] as const,
  ]);
  return { policy: loadPolicy(bytesOf(text), "policy.json", besides), seen };
};

describe("with ten thousand rules", () => {
  it("a call asks two indexes, one for denials and one for grants, and each was compiled once", () => {
    const { policy, seen } = compiled(3300);
    assert.deepEqual({ indexes: seen.indexes, grants: seen.grants }, { indexes: 2, grants: 6600 });
    const site = { interface: "wasi:cli/environment", function: "get" };
    for (const [key, rule] of [
      ["a3299", "a3299"],
      ["d3299", "d3299"],
      ["x", null],
    ] as const) {
      seen.lookups = 0;
      assert.equal(policy.decide(site, { key }).rule, rule);
      assert.ok(seen.lookups <= 2, `${seen.lookups} indexes were asked`);
    }
  });

  it("a call probes as few tables as with ten", () => {
    const few = compiled(10).policy;
    const many = compiled(3300).policy;
    const calls = [
      [{ interface: "wasi:cli/environment", function: "get" }, { key: "a9" }, {}],
      [{ interface: "wasi:cli/environment", function: "get" }, { key: "none" }, {}],
      [{ interface: "acme:billing/ledger", function: "f9" }, undefined, { a: 9 }],
      [{ interface: "acme:billing/ledger", function: "f9" }, undefined, { a: 8 }],
      [{ interface: "acme:billing/audit", function: "f9" }, undefined, { a: 0 }],
    ] as const;
    for (const [site, facts, args] of calls) {
      const decide = (policy: typeof few) => () => void policy.decide(site, facts, args);
      assert.equal(few.decide(site, facts, args).verdict, many.decide(site, facts, args).verdict);
      const [withFew, withMany] = [probes(decide(few)), probes(decide(many))];
      assert.equal(withMany, withFew);
      assert.ok(withMany > 0 && withMany < 40, `${withMany} probes`);
    }
  });

  it("a set probes as little as with ten patterns", () => {
    const sets = [
      [
        (count: number) =>
          createHostSet(patterns(count, (index) => (index % 2 ? `*.h${index}.com` : `h${index}.com`))),
        "a.b.h9.com",
      ],
      [(count: number) => createKeySet(patterns(count, (index) => `K${index % 10}${index}`)), "K99"],
      [(count: number) => createPathTrie(patterns(count, (index) => `/p${index}/q`)), "/p9/q/r"],
      [
        (count: number) =>
          createAddressSet(patterns(count, (index) => `8.${index >> 8}.${index & 255}.0/24`)),
        "8.0.9.1",
      ],
    ] as const;
    for (const [make, subject] of sets) {
      const few = make(10);
      const many = make(10_000);
      assert.equal(few.order(subject), 9);
      assert.equal(many.order(subject), 9);
      const [withMany = 0, withFew = 0] = [many, few].map((set) => probes(() => void set.order(subject)));
      assert.equal(withMany, withFew);
      assert.ok(withMany > 0 && withMany < 20, `${withMany} probes`);
    }
  });
});
