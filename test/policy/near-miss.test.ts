import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { Decision } from "../../runtime/policy/index.js";
import { policyOf } from "./fixture.js";

const ledger = "acme:billing/ledger";

/** The denial of `quote` under a policy with these rules; the first is in line 5. */
function denied(rules: readonly string[], args: Readonly<Record<string, unknown>>): Decision {
  const policy = policyOf(`allow:\n${rules.map((rule) => `  - ${rule}`).join("\n")}\n`);
  const decision = policy.decide({ interface: ledger, function: "quote" }, undefined, args);
  assert.equal(decision.verdict, "deny");
  assert.equal(decision.rule, null, "no rule decided it, however close one came");
  return decision;
}

const rule = (args: string, id = "quotes"): string =>
  `{ id: ${id}, interface: ${ledger}, functions: [quote], args: [${args}] }`;

describe("a denial that a rule's args missed", () => {
  for (const [args, value, fault, advice] of [
    ["max: 1000", 1001, "is above the max of 1000", "max: 1001"],
    ["max: 1000", 2n ** 63n, "is above the max of 1000", "max: 9223372036854775808"],
    ["min: 5, max: 9", 4, "is below the min of 5", "max: 9, min: 4"],
    ["max: 1000", "many", "is no number, and has a max of 1000", 'equals: "many"'],
    ['equals: "eur"', "usd", 'is not "eur"', 'equals: "usd"'],
    ["oneOf: [1, 2]", 3, "is none of [1,2]", "equals: 3"],
    ["equals: true", false, "is not true", "equals: false"],
    ['prefix: "/in/"', "/out/x", 'does not begin with "/in/"', 'equals: "/out/x"'],
    ["maxLength: 2", "three", "is longer than 2", 'equals: "three"'],
    ["maxLength: 2", [1, 2, 3], "is longer than 2", "maxLength: 3"],
    ["maxLength: 2", new Uint8Array(9), "is longer than 2", "maxLength: 9"],
    ['prefix: "/in/", maxLength: 6', "/in/long", "is longer than 6", 'equals: "/in/long"'],
    ['prefix: "a", maxLength: 1', "bb", 'does not begin with "a" and is longer than 1', 'equals: "bb"'],
  ] as const) {
    it(`says that an argument ${fault}, and what would allow ${JSON.stringify(value, (_, v: unknown) => String(v))}`, () => {
      const { reason, advice: told = "" } = denied([rule(`{ path: amount, ${args} }`)], { amount: value });
      assert.equal(
        reason,
        `no rule allows ${ledger} quote: the rule quotes in line 5 came closest, but amount ${fault}`,
      );
      const line = told.slice(told.indexOf("\n")).trim();
      assert.equal(line, `args: [{ path: amount, ${advice} }]`);
      const wider = policyOf(`allow: [{ interface: ${ledger}, functions: [quote], ${line} }]`);
      const { verdict } = wider.decide({ interface: ledger, function: "quote" }, undefined, {
        amount: value,
      });
      assert.equal(verdict, "allow", "what it says would allow it does");
    });
  }

  it("keeps what the argument was out of the reason, which may be recorded, and in the advice", () => {
    const { reason, advice } = denied([rule('{ path: token, prefix: "public-" }')], { token: "secret-17" });
    assert.doesNotMatch(reason, /secret-17/);
    assert.match(String(advice), /^token is "secret-17"; that rule would allow it with\n/);
  });

  it("keeps the other arguments of the rule as they are", () => {
    const { reason, advice } = denied(
      [rule('{ path: filter.max-items, max: 3 }, { path: account, oneOf: ["a", "b"] }, { path: x, min: 1 }')],
      { filter: { maxItems: 4 }, account: "b", x: 0 },
    );
    assert.match(reason, /but filter\.max-items is above the max of 3, and x is below the min of 1$/);
    assert.ok(
      advice?.endsWith(
        'args: [{ path: filter.max-items, max: 4 }, { path: account, oneOf: ["a", "b"] }, { path: x, min: 0 }]',
      ),
      advice,
    );
  });

  it("names the rule that fails in the fewest arguments, and of equals the first", () => {
    const two = rule("{ path: a, max: 1 }, { path: b, max: 1 }", "two");
    const one = rule("{ path: a, max: 5 }, { path: b, max: 1 }", "one");
    const again = rule("{ path: a, max: 1 }, { path: b, max: 5 }", "again");
    assert.match(denied([two, one, again], { a: 3, b: 3 }).reason, /the rule one in line 6 came closest/);
    assert.match(
      denied([two], { a: 3, b: 3 }).reason,
      /a is above the max of 1, and b is above the max of 1$/,
    );
  });

  it("finds it among many rules that ask for certain values, and says so where none asks for this one", () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      rule(`{ path: account, equals: "a${index}" }, { path: amount, max: ${index} }`, `r${index}`),
    );
    assert.match(
      denied(many, { account: "a499", amount: 500 }).reason,
      /the rule r499 in line 504 came closest, but amount is above the max of 499$/,
    );
    assert.match(denied(many, { account: "other", amount: 0 }).reason, /the rule r0 .* account is not "a0"$/);
  });

  it("has no line to suggest for what no rule can ask for, nor for a text that nobody would read", () => {
    const missing = denied([rule("{ path: amount, max: 1 }")], {});
    assert.match(missing.reason, /amount is no number, and has a max of 1$/);
    assert.equal(missing.advice, "amount is not there");
    assert.equal(
      denied([rule("{ path: amount, max: 1 }")], { amount: { tag: "x" } }).advice,
      "amount is no single value",
    );
    assert.equal(
      denied([rule("{ path: amount, max: 1 }")], { amount: [1, 2] }).advice,
      "amount is a list of 2",
    );
    const long = denied([rule('{ path: text, prefix: "a" }')], { text: "x".repeat(1 << 20) });
    assert.ok(long.advice !== undefined && long.advice.length < 300, long.advice?.slice(0, 400));
    assert.doesNotMatch(long.advice, /args/);
    assert.doesNotMatch(
      String(denied([rule("{ path: amount, max: 1 }")], { amount: Infinity }).advice),
      /args/,
    );
  });

  it("escapes what a guest passed", () => {
    const { advice = "" } = denied([rule('{ path: text, equals: "a" }')], {
      text: "\u001b[2J\u202e\n- x: y",
    });
    for (const steering of ["\u001b", "\u202e"]) assert.ok(!advice.includes(steering));
    assert.equal(advice.split("\n").length, 2);
  });

  it("is about arguments only where nothing else was missed", () => {
    const env = "wasi:cli/environment";
    const policy = policyOf(
      `allow: [{ id: e, interface: ${env}, env: [A], args: [{ path: key, maxLength: 1 }] }]`,
    );
    const reason = (key: string): string =>
      policy.decide({ interface: env, function: "get" }, { key }, { key: "ABC" }).reason;
    assert.match(reason("A"), /the rule e in line 4 came closest, but key is longer than 1$/);
    assert.match(reason("B"), /this would, under allow:/);
  });

  it("names no rule of another function, and none that denies", () => {
    const { reason, advice } = denied(
      [`{ interface: ${ledger}, functions: [pay], args: [{ path: amount, max: 1 }] }`],
      { amount: 2 },
    );
    assert.match(
      reason,
      /this would, under allow:\n {2}- interface: acme:billing\/ledger\n {4}functions: \[quote\]/,
    );
    assert.equal(advice, undefined);
    const policy = policyOf(
      `deny: [{ id: 'no', interface: ${ledger}, args: [{ path: amount, min: 1 }] }]\nallow: [{ interface: ${ledger}, functions: [quote] }]`,
    );
    const site = { interface: ledger, function: "quote" };
    assert.match(policy.decide(site, undefined, { amount: 2 }).reason, /is denied by the rule no/);
  });
});
