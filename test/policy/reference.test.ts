import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import type { CallSite, CompiledPolicy, Facts, OnViolation } from "../../runtime/policy/index.js";
import { canMeet, bytesOf, contracts, textOf } from "./fixture.js";
import { loadPolicy } from "../../runtime/policy/index.js";

/**
 * The rules of docs/policy.md, applied one after the other to the manifest as JSON. It shares no code with the
 * tables: where the two differ, one of them is wrong.
 */
interface Rule {
  readonly id: string;
  readonly interface: string;
  readonly functions?: readonly string[];
  readonly env?: readonly string[];
  readonly fs?: readonly { prefix: string; rights: readonly string[] }[];
  readonly args?: readonly { path: string; max?: number; equals?: number }[];
  readonly onViolation?: OnViolation;
}

interface Manifest {
  readonly allow: readonly Rule[];
  readonly deny: readonly Rule[];
  readonly onViolation: OnViolation;
}

type Effect = "allow" | "deny";
const severity = { deny: 0, trap: 1, quarantine: 2 };
const kindOf: Readonly<Record<string, "env" | "fs">> = {
  "wasi:cli/environment": "env",
  "wasi:filesystem/types": "fs",
};

function naive(
  manifest: Manifest,
  site: CallSite,
  facts: Facts | undefined,
  args: Readonly<Record<string, unknown>>,
) {
  const denials = manifest.deny.filter((rule) => matches("deny", rule, site, facts, args));
  if (denials.length > 0) {
    const worst = Math.max(...denials.map((rule) => severity[rule.onViolation ?? manifest.onViolation]));
    const rule = denials.find((one) => severity[one.onViolation ?? manifest.onViolation] === worst);
    return { verdict: "deny", rule: rule?.id, onViolation: rule?.onViolation ?? manifest.onViolation };
  }
  const rule = manifest.allow.find((one) => matches("allow", one, site, facts, args));
  if (rule !== undefined) return { verdict: "allow", rule: rule.id, onViolation: "deny" };
  if (contracts.get(site.interface)?.authority === "none")
    return { verdict: "allow", rule: null, onViolation: "deny" };
  const left = manifest.allow
    .filter((one) => names(one, site))
    .map((one) => one.onViolation ?? manifest.onViolation);
  const worst = left.sort((a, b) => severity[b] - severity[a])[0];
  return { verdict: "deny", rule: null, onViolation: worst ?? manifest.onViolation };
}

function names(rule: Rule, site: CallSite): boolean {
  const [space] = site.interface.split("/");
  return (
    (rule.interface === site.interface || rule.interface === `${space}/*`) &&
    (rule.functions === undefined || rule.functions.includes(site.function))
  );
}

function matches(
  effect: Effect,
  rule: Rule,
  site: CallSite,
  facts: Facts | undefined,
  args: Readonly<Record<string, unknown>>,
): boolean {
  if (!names(rule, site)) return false;
  const answers = (rule.args ?? []).map(({ path, max, equals }) => {
    const value = args[path];
    if (typeof value !== "number") return "unknown";
    return (max === undefined || value <= max) && (equals === undefined || value === equals) ? "yes" : "no";
  });
  if (answers.includes("no") || (effect === "allow" && answers.includes("unknown"))) return false;

  const kind = kindOf[site.interface];
  const carried = rule.env ?? rule.fs;
  const grants = kind === undefined ? undefined : rule[kind];
  if (grants === undefined)
    return !(effect === "deny" && rule.interface.endsWith("/*") && carried !== undefined);
  if (facts === undefined) return effect === "allow";
  if (kind === "env") {
    const key = textOf(facts["key"]);
    return (rule.env ?? []).some((one) =>
      one.endsWith("*") ? key.startsWith(one.slice(0, -1)) : key === one,
    );
  }
  const path = textOf(facts["path"]);
  const rights = facts["rights"] as readonly string[];
  return (rule.fs ?? []).some((grant) => {
    const within = grant.prefix === "/" || path === grant.prefix || path.startsWith(`${grant.prefix}/`);
    const held = (right: string) => grant.rights.includes(right);
    return within && (effect === "allow" ? rights.every(held) : rights.some(held));
  });
}

const functions = ["open", "stat", "constructor"];
const keys = ["APP", "APP_A", "APP_B", "REGION", "__proto__"];
const paths = ["/", "/in", "/in/a", "/inside", "/in/a/b"];
const rights = fc.subarray(["read", "write"], { minLength: 1 });
const onViolation = fc.constantFrom<OnViolation>("deny", "trap", "quarantine");
const some = <T>(item: fc.Arbitrary<T>, least: number) => fc.array(item, { minLength: least, maxLength: 3 });

function rulesOf(effect: Effect): fc.Arbitrary<readonly Rule[]> {
  const least = effect === "deny" ? 1 : 0;
  const env = some(fc.constantFrom("APP*", "APP_*", "APP_A", "REGION", "__proto__"), least);
  const fs = some(fc.record({ prefix: fc.constantFrom(...paths), rights }), least);
  const presence = effect === "deny" ? { requiredKeys: ["interface"] as ["interface"] } : {};
  const shape = fc.oneof(
    fc.record({ interface: fc.constant("wasi:cli/environment"), env }, presence),
    fc.record({ interface: fc.constant("wasi:cli/*"), env }, presence),
    fc.record({ interface: fc.constant("wasi:filesystem/types"), fs }, presence),
    fc.record({ interface: fc.constantFrom("acme:billing/ledger", "acme:billing/*", "wasi:cli/exit") }),
  );
  const argument = fc.oneof(
    fc.record({ path: fc.constantFrom("a", "b"), max: fc.constantFrom(1, 2) }),
    fc.record({ path: fc.constantFrom("a", "b"), equals: fc.constantFrom(1, 2) }),
  );
  const besides = fc.record(
    {
      functions: some(fc.constantFrom(...functions), least),
      args: some(argument, 1).filter(canMeet),
      onViolation,
    },
    { requiredKeys: [] },
  );
  return fc
    .array(fc.tuple(shape, besides), { maxLength: 6 })
    .map((rules) => rules.map(([one, more], index) => ({ ...one, ...more, id: `${effect}-${index}` })));
}

const manifests = fc.record({ allow: rulesOf("allow"), deny: rulesOf("deny"), onViolation });
const calls = fc.record({
  interface: fc.constantFrom(
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/terminal-input",
    "wasi:filesystem/types",
    "acme:billing/ledger",
    "acme:billing/audit",
    "x:y/z",
  ),
  function: fc.constantFrom(...functions),
  key: fc.option(fc.constantFrom(...keys), { nil: undefined }),
  path: fc.constantFrom(...paths),
  rights,
  args: fc.record({ a: fc.constantFrom(1, 2, 3), b: fc.constantFrom(1, 2, "x") }, { requiredKeys: [] }),
});

function compile(manifest: Manifest): CompiledPolicy {
  const document = { apiVersion: "wrun/v1", kind: "Policy", metadata: { name: "x" }, ...manifest };
  return loadPolicy(bytesOf(JSON.stringify(document)), "policy.json", contracts);
}

describe("the compiled tables", () => {
  it("decide as one rule after the other does, and so does the explanation", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(manifests, fc.array(calls, { minLength: 1, maxLength: 20 }), (manifest, list) => {
        const policy = compile(manifest);
        for (const call of list) {
          const site = { interface: call.interface, function: call.function };
          const facts: Facts | undefined =
            call.key === undefined ? undefined : { key: call.key, path: call.path, rights: call.rights };
          const { verdict, rule, onViolation: violation } = policy.decide(site, facts, call.args);
          const expected = naive(manifest, site, facts, call.args);
          assert.deepEqual({ verdict, rule, onViolation: violation }, expected);
          seen.set(`${verdict} ${rule === null}`, (seen.get(`${verdict} ${rule === null}`) ?? 0) + 1);

          const { rules } = policy.explain(site, facts, call.args);
          assert.equal(rules.length, manifest.allow.length + manifest.deny.length);
          for (const trace of rules) {
            const one = manifest[trace.effect].find(({ id }) => id === trace.rule);
            assert.ok(one !== undefined);
            const known = contracts.has(site.interface);
            assert.equal(
              trace.matched,
              known && matches(trace.effect, one, site, facts, call.args),
              trace.why,
            );
          }
        }
      }),
      { numRuns: 1500 },
    );
    for (const outcome of ["allow true", "allow false", "deny true", "deny false"]) {
      assert.ok((seen.get(outcome) ?? 0) > 100, `${outcome} came up ${seen.get(outcome) ?? 0} times only`);
    }
  });
});
