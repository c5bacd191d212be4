import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parseDocument } from "yaml";
import type { Facts, GrantKind, PolicyContracts } from "../../runtime/policy/index.js";
import { contracts, envKind, policyOf, refuses, verdict } from "./fixture.js";

const ledger = "acme:billing/ledger";

const broken = (compiled: (facts: Facts) => number): PolicyContracts => {
  const kind: GrantKind<string> = { ...envKind, compile: () => compiled };
  return new Map([["wasi:cli/environment", { authority: "granted", grant: kind }]]);
};

describe("a decision", () => {
  it("is a denial where no rule matches, whatever the names", () => {
    const policy = policyOf("");
    for (const site of [
      `${ledger} quote`,
      "wasi:cli/environment get",
      "nobody:knows/this x",
      "$world x",
      "__proto__ x",
    ]) {
      assert.equal(verdict(policy, site), "deny - deny");
    }
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      assert.equal(
        verdict(policyOf(`allow: [{ interface: ${ledger}, functions: [quote] }]`), `${ledger} ${name}`),
        "deny - deny",
      );
      assert.equal(
        verdict(
          policyOf("allow: [{ interface: wasi:cli/environment, env: [A] }]"),
          "wasi:cli/environment get",
          { key: name },
        ),
        "deny - deny",
      );
    }
  });

  it("leaves interfaces open that give no access by themselves, until a rule denies them", () => {
    assert.equal(verdict(policyOf(""), "wasi:io/streams read"), "allow -");
    const policy = policyOf(
      'deny: [{ interface: wasi:io/streams, functions: ["[method]input-stream.read"] }]',
    );
    assert.equal(verdict(policy, "wasi:io/streams [method]input-stream.read"), "deny deny[0] deny");
    assert.equal(verdict(policy, "wasi:io/streams [method]input-stream.skip"), "allow -");
  });

  it("is on interface names as a whole: case, versions and prefixes are other names", () => {
    const policy = policyOf(`allow: [{ interface: ${ledger}, functions: [quote] }]`);
    assert.equal(verdict(policy, `${ledger} quote`), "allow allow[0]");
    for (const site of [
      `${ledger} Quote`,
      `${ledger} quot`,
      `${ledger}2 quote`,
      `${ledger}@1.0.0 quote`,
      "ACME:billing/ledger quote",
    ]) {
      assert.equal(verdict(policy, site), "deny - deny", site);
    }
  });

  it("takes a denial over every allow rule", () => {
    const policy = policyOf(
      "allow: [{ interface: wasi:cli/environment, env: ['APP_*'] }]\ndeny: [{ id: 'no', interface: wasi:cli/environment, env: [APP_KEY] }]",
    );
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "APP_NAME" }), "allow allow[0]");
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "APP_KEY" }), "deny no deny");
  });

  it("takes the most severe of the denials that match, and the first of equals", () => {
    const policy = policyOf(`
deny:
  - { id: mild, interface: "wasi:cli/*" }
  - { id: hard, interface: wasi:cli/environment, functions: [get], onViolation: trap }
  - { id: worst, interface: wasi:cli/environment, env: [SECRET], onViolation: quarantine }
  - { id: late, interface: wasi:cli/environment, onViolation: quarantine, env: [SECRET] }
`);
    assert.equal(verdict(policy, "wasi:cli/exit exit"), "deny mild deny");
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "A" }), "deny hard trap");
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "SECRET" }), "deny worst quarantine");
  });

  it("lets a denial of one right cover a call that asks for two, and an allow only what it holds in full", () => {
    const policy = policyOf(`
allow: [{ interface: wasi:filesystem/types, fs: [{ prefix: /, rights: [read, write] }, { prefix: /x, rights: [read] }] }]
deny: [{ interface: wasi:filesystem/types, fs: [{ prefix: /in, rights: [write] }] }]`);
    const at = (path: string, ...rights: string[]) =>
      verdict(policy, "wasi:filesystem/types open", { path, rights });
    assert.equal(at("/in/a", "read"), "allow allow[0]");
    assert.equal(at("/in/a", "read", "write"), "deny deny[0] deny");
    assert.equal(at("/inside", "read", "write"), "allow allow[0]");
  });

  it("takes the manifest's onViolation where no rule says one", () => {
    assert.equal(verdict(policyOf("onViolation: trap"), `${ledger} quote`), "deny - trap");
    const policy = policyOf(`onViolation: quarantine\ndeny: [{ interface: ${ledger} }]`);
    assert.equal(verdict(policy, `${ledger} quote`), "deny deny[0] quarantine");
  });

  it("takes the onViolation of the allow rules whose bounds a call left, the most severe of them", () => {
    const policy = policyOf(`
onViolation: trap
allow:
  - { interface: wasi:cli/environment, env: [A], onViolation: deny }
  - { interface: wasi:filesystem/types, fs: [], onViolation: deny }
  - { interface: wasi:filesystem/types, fs: [], onViolation: quarantine, functions: [open] }`);
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "B" }), "deny - deny");
    assert.equal(
      verdict(policy, "wasi:filesystem/types open", { path: "/x", rights: ["read"] }),
      "deny - quarantine",
    );
    assert.equal(
      verdict(policy, "wasi:filesystem/types stat", { path: "/x", rights: ["read"] }),
      "deny - deny",
    );
    assert.equal(verdict(policy, `${ledger} quote`), "deny - trap");
  });

  it("on a call without facts takes any allow rule that grants something, and only unconditional denials", () => {
    const allow = "allow: [{ interface: wasi:cli/environment, env: [A] }]";
    assert.equal(verdict(policyOf(allow), "wasi:cli/environment list"), "allow allow[0]");
    const some = policyOf(`${allow}\ndeny: [{ interface: wasi:cli/environment, env: [A] }]`);
    assert.equal(verdict(some, "wasi:cli/environment list"), "allow allow[0]");
    const all = policyOf(`${allow}\ndeny: [{ interface: wasi:cli/environment }]`);
    assert.equal(verdict(all, "wasi:cli/environment list"), "deny deny[0] deny");
  });

  it("is a denial when deciding fails, no milder than the rules on the function", () => {
    const rules = "allow: [{ interface: wasi:cli/environment, env: [A], onViolation: trap }]";
    const failing: ((facts: Facts) => number)[] = [
      () => {
        throw new Error("no");
      },
      () => 7,
      () => NaN,
      () => 0.5,
      () => undefined as unknown as number,
    ];
    for (const compiled of failing) {
      const decision = policyOf(rules, broken(compiled)).decide(
        { interface: "wasi:cli/environment", function: "get" },
        { key: "A" },
      );
      assert.equal(decision.verdict, "deny");
      assert.equal(decision.onViolation, "trap");
      assert.match(decision.reason, /the decision itself failed/);
      const denial = `${rules}\ndeny: [{ interface: wasi:cli/environment, env: [B] }]`;
      const besides = policyOf(
        denial,
        broken((facts) => (facts["key"] === "A" ? 0 : compiled(facts))),
      );
      assert.equal(verdict(besides, "wasi:cli/environment get", { key: "C" }), "deny - trap");
    }
  });

  it("is the same for the same bytes, compiled again", () => {
    const text = "allow: [{ interface: wasi:cli/environment, env: ['APP_*', REGION] }]";
    for (const key of ["APP_1", "REGION", "PATH"]) {
      assert.equal(
        verdict(policyOf(text), "wasi:cli/environment get", { key }),
        verdict(policyOf(text), "wasi:cli/environment get", { key }),
      );
    }
  });

  it("costs no allocation where it allows: the object is the same each time", () => {
    const policy = policyOf(`allow: [{ interface: ${ledger} }]`);
    const site = { interface: ledger, function: "quote" };
    assert.equal(policy.decide(site, undefined), policy.decide(site, undefined));
  });
});

describe("the reason of a denial", () => {
  it("names what was asked and the lines that would allow it, and these lines do", () => {
    const reason = policyOf("").decide(
      { interface: "wasi:cli/environment", function: "get" },
      { key: "A\n- b" },
    ).reason;
    assert.match(reason, /no rule allows wasi:cli\/environment get with \{"key":"A\\n- b"\}/);
    const lines = reason.slice(reason.indexOf("\n") + 1);
    const policy = policyOf(`allow:\n${lines.replace(/^/gm, "  ")}`);
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "A\n- b" }), "allow allow[0]");
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "b" }), "deny - deny");
  });

  it("suggests a function by name where the interface has no constraint", () => {
    const { reason } = policyOf("").decide({ interface: ledger, function: "[method]account.pay" }, undefined);
    const lines = reason.slice(reason.indexOf("\n") + 1);
    assert.deepEqual(parseDocument(lines).toJS(), [
      { interface: ledger, functions: ["[method]account.pay"] },
    ]);
  });

  it("names the rule and its line where a rule denies", () => {
    const policy = policyOf(`deny: [{ id: 'no', interface: ${ledger} }]`);
    assert.match(
      policy.decide({ interface: ledger, function: "x" }, undefined).reason,
      /the rule no in line 4/,
    );
  });

  it("survives JSON and structured clones", () => {
    const decision = policyOf("").decide({ interface: ledger, function: "x" }, undefined);
    assert.equal(structuredClone(decision).reason, decision.reason);
    assert.equal((JSON.parse(JSON.stringify(decision)) as { reason: string }).reason, decision.reason);
  });

  it("cuts what a guest made long and escapes what would move a cursor", () => {
    const policy = policyOf("");
    const { reason } = policy.decide(
      { interface: ledger, function: "x" },
      { key: `\u001b[2J\u202e\u009b${"x".repeat(10_000)}` },
    );
    assert.ok(reason.length < 1000);
    for (const hidden of ["\u001b", "\u202e", "\u009b"]) assert.ok(!reason.includes(hidden));
  });

  it("is there although the kind's suggestion fails", () => {
    const kind: GrantKind<string> = {
      ...envKind,
      suggest: () => {
        throw new Error("no");
      },
    };
    const policy = policyOf("", new Map([["wasi:cli/environment", { authority: "granted", grant: kind }]]));
    assert.match(
      policy.decide({ interface: "wasi:cli/environment", function: "get" }, {}).reason,
      /env: \[REGION\]/,
    );
  });
});

const decide = (args: string, values: Readonly<Record<string, unknown>> | undefined, effect = "allow") =>
  verdict(
    policyOf(
      `${effect}: [{ id: r, interface: ${ledger}, args: [${args}] }]${effect === "deny" ? `\nallow: [{ id: all, interface: ${ledger} }]` : ""}`,
    ),
    `${ledger} quote`,
    undefined,
    values,
  );

const allows = (args: string, values: Readonly<Record<string, unknown>>) =>
  assert.equal(decide(args, values), "allow r", `${args} on ${String(Object.values(values))}`);

const refusesCall = (args: string, values: Readonly<Record<string, unknown>> | undefined) =>
  assert.equal(decide(args, values), "deny - deny", `${args} on ${String(Object.values(values ?? {}))}`);

const ranges = (index: number) => `{ path: a, max: ${index} }`;

describe("argument rules", () => {
  it("compare numbers exactly, whatever type carries them", () => {
    allows("{ path: amount, max: 1000 }", { amount: 1000n });
    allows("{ path: amount, max: 1000 }", { amount: -5 });
    refusesCall("{ path: amount, max: 1000 }", { amount: 1001n });
    refusesCall("{ path: amount, max: 9007199254740992 }", { amount: 9007199254740993n });
    refusesCall("{ path: amount, min: 1 }", { amount: 0.999 });
    refusesCall("{ path: amount, max: 1000 }", { amount: NaN });
    refusesCall("{ path: amount, max: 1000 }", { amount: "5" });
    refusesCall("{ path: amount, max: 1000 }", { amount: null });
    allows("{ path: amount, equals: 5 }", { amount: 5n });
    allows("{ path: amount, equals: 0 }", { amount: -0 });
    refusesCall("{ path: amount, equals: 5 }", { amount: "5" });
    refusesCall("{ path: amount, equals: true }", { amount: "true" });
  });

  it("know strings by value, prefix and length in code points", () => {
    allows("{ path: to, oneOf: [a, b] }", { to: "b" });
    refusesCall("{ path: to, oneOf: [a, b] }", { to: "c" });
    allows("{ path: to, prefix: acc- }", { to: "acc-1" });
    refusesCall("{ path: to, prefix: acc- }", { to: "Acc-1" });
    allows("{ path: to, maxLength: 2 }", { to: "\u{1f600}\u{1f600}" });
    refusesCall("{ path: to, maxLength: 2 }", { to: "abc" });
    refusesCall("{ path: to, maxLength: 2 }", { to: "x".repeat(1_000_000) });
    allows("{ path: to, maxLength: 2 }", { to: new Uint8Array(2) });
    refusesCall("{ path: to, maxLength: 2 }", { to: [1, 2, 3] });
    refusesCall("{ path: to, maxLength: 2 }", { to: { length: 1 } });
    refusesCall("{ path: to, maxLength: 2 }", { to: 1 });
  });

  it("follow WIT names through records and variants, and own properties only", () => {
    allows("{ path: filter.max-items, max: 10 }", { filter: { maxItems: 10 } });
    allows("{ path: shape.val, max: 10 }", { shape: { tag: "circle", val: 3 } });
    refusesCall("{ path: filter.limit, max: 10 }", { filter: Object.create({ limit: 1 }) as object });
    refusesCall("{ path: constructor.name, equals: Object }", {});
    refusesCall("{ path: items.length, max: 10 }", { items: [1] });
    refusesCall("{ path: items.length, max: 10 }", { items: new Uint8Array(1) });
    refusesCall("{ path: name.length, max: 10 }", { name: "abc" });
    refusesCall("{ path: filter.limit, max: 10 }", { filter: undefined });
  });

  it("must all hold", () => {
    const both = "{ path: a, max: 5 }, { path: b, equals: x }";
    allows(both, { a: 5, b: "x" });
    refusesCall(both, { a: 5, b: "y" });
    refusesCall(both, { a: 6, b: "x" });
    refusesCall(both, { a: 5 });
    refusesCall(both, undefined);
  });

  it("of a denial match also what they cannot judge", () => {
    const large = "{ path: amount, min: 1000 }";
    assert.equal(decide(large, { amount: 999 }, "deny"), "allow all");
    assert.equal(decide(large, { amount: 1000n }, "deny"), "deny r deny");
    assert.equal(decide(large, { amount: NaN }, "deny"), "deny r deny");
    assert.equal(decide(large, {}, "deny"), "deny r deny");
    assert.equal(decide("{ path: amount, equals: 5 }", { amount: "5" }, "deny"), "deny r deny");
    assert.equal(decide(large, undefined, "deny"), "deny r deny");
    assert.equal(decide(`${large}, { path: to, equals: x }`, { to: "y" }, "deny"), "allow all");
  });

  it("are what looksAtArguments says that a function needs", () => {
    const policy = policyOf(
      `deny: [{ interface: ${ledger}, functions: [pay], args: [{ path: a, max: 1 }] }]`,
    );
    assert.equal(policy.looksAtArguments({ interface: ledger, function: "pay" }), true);
    assert.equal(policy.looksAtArguments({ interface: ledger, function: "quote" }), false);
  });

  it("are refused where one call would meet too many different lists", () => {
    const rules = (effect: string, count: number, condition: (index: number) => string) =>
      `${effect}:\n${Array.from({ length: count }, (_, index) => `  - { interface: ${ledger}, args: [${condition(index)}] }`).join("\n")}`;
    policyOf(rules("deny", 64, ranges));
    refuses(
      () => policyOf(rules("deny", 65, ranges)),
      "POLICY_ARGUMENT_RULES_TOO_MANY",
      "65 deny rules",
      "oneOf",
    );
    refuses(() => policyOf(rules("allow", 65, ranges)), "POLICY_ARGUMENT_RULES_TOO_MANY");
    const policy = policyOf(
      rules("allow", 1000, (index) => `{ path: who, equals: u${index} }, { path: a, max: ${index} }`),
    );
    assert.equal(verdict(policy, `${ledger} x`, undefined, { who: "u900", a: 900 }), "allow allow[900]");
    assert.equal(verdict(policy, `${ledger} x`, undefined, { who: "u900", a: 901 }), "deny - deny");
    policyOf(
      rules("allow", 1000, () => "{ path: a, max: 1 }"),
      contracts,
    );
  });
});
