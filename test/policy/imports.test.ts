import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { isWrunError } from "../../runtime/errors/index.js";
import { refuseUnlinkable } from "../../runtime/policy/index.js";
import type { InterfaceType } from "../../runtime/component/wit-types.js";
import { contracts, importOf, importsOf, policyOf } from "./fixture.js";

const environment = importOf("wasi:cli/environment@0.2.6", { "get-environment": [] });
const ledger = importOf("acme:billing/ledger@1.0.0", { quote: ["amount"], pay: ["amount", "to"] });

const linked = (text: string) => policyOf(text).unlinkable(importsOf(environment)).length === 0;

describe("the imports of a component", () => {
  it("are not linked unless a rule names them, and the lines that would grant them do", () => {
    const imports = importsOf(environment, ledger, importOf("wasi:io/streams@0.2.0", { read: [] }));
    const missing = policyOf("").unlinkable(imports);
    assert.deepEqual(
      missing.map((one) => one.import),
      ["wasi:cli/environment@0.2.6", "acme:billing/ledger@1.0.0"],
    );
    assert.match(missing[0]?.reason ?? "", /no allow rule of policy\.yaml names wasi:cli\/environment/);
    const granted = `allow:\n${missing.map(({ suggestion }) => suggestion.replace(/^/gm, "  ")).join("\n")}`;
    assert.deepEqual(policyOf(granted).unlinkable(imports), []);
  });

  it("are linked by an empty grant and by a wildcard, not by a denial or a rule for another interface", () => {
    assert.equal(linked("allow: [{ interface: wasi:cli/environment, env: [] }]"), true);
    assert.equal(linked('allow: [{ interface: "wasi:cli/*", env: [] }]'), true);
    assert.equal(linked("allow: [{ interface: wasi:cli/exit }]"), false);
    assert.equal(linked("deny: [{ interface: wasi:cli/environment }]"), false);
  });

  it("that nothing implements are named, and no line would help", () => {
    for (const name of ["evil:pkg/thing@1.0.0", "wasi:cli/environments", "constructor", "__proto__"]) {
      const [missing, ...rest] = policyOf("").unlinkable(importsOf(importOf(name, { x: [] })));
      assert.deepEqual([missing?.import, missing?.suggestion, rest.length], [name, "", 0]);
      assert.match(missing?.reason ?? "", /nothing on this host implements/);
    }
  });

  it("are refused with the lines that would grant them, and it is said which no line grants", () => {
    const evil = importOf("evil:pkg/thing@1.0.0", { x: [] });
    const refused = (...imports: readonly InterfaceType[]): string => {
      try {
        refuseUnlinkable(policyOf("").unlinkable(importsOf(...imports)));
      } catch (error) {
        if (isWrunError(error) && error.code === "IMPORT_NOT_GRANTED") return error.next;
        throw error;
      }
      return "nothing";
    };
    assert.equal(refused(), "nothing");
    assert.match(
      refused(environment),
      /^If it should have that, add [^\n]*\n {2}- interface: wasi:cli\/environment\n {4}[^\n]*$/,
    );
    assert.match(refused(evil), /^No policy can grant evil:pkg\/thing@1\.0\.0; build/);
    const both = refused(environment, evil);
    assert.match(both, /^No policy can grant evil:pkg\/thing@1\.0\.0; /);
    // Every line but the first is of the policy, so that all of them can be pasted.
    assert.match(both, /^[^\n]*:\n {2}- interface: wasi:cli\/environment\n {4}[^\n]*$/);
  });

  it("at world level are of $world", () => {
    const imports = { ...importsOf(), functions: new Map([["f", { params: [], result: undefined }]]) };
    assert.deepEqual(
      policyOf("")
        .unlinkable(imports)
        .map((one) => one.import),
      ["$world"],
    );
    const besides = new Map([...contracts, ["$world", { authority: "granted" }] as const]);
    assert.equal(policyOf("", besides).unlinkable(imports)[0]?.suggestion, '- interface: "$world"');
    assert.deepEqual(policyOf("allow: [{ interface: $world }]", besides).unlinkable(imports), []);
  });

  it("that are types alone need no grant", () => {
    assert.deepEqual(policyOf("").unlinkable(importsOf(importOf("acme:types/shapes", {}))), []);
  });
});

const warnings = (text: string, ...imports: readonly InterfaceType[]) =>
  policyOf(text)
    .warnings(importsOf(...imports))
    .map(({ rule, message }) => `${rule} ${message}`);

const both = (denial: string) =>
  warnings(`allow: [{ interface: acme:billing/ledger, functions: [quote] }]\ndeny: [${denial}]`, ledger);

describe("a warning", () => {
  it("is given for a grant that the component cannot use", () => {
    assert.deepEqual(warnings("allow: [{ interface: wasi:cli/environment, env: [A] }]", ledger), [
      "allow[0] grants wasi:cli/environment, which the component does not import",
    ]);
    assert.deepEqual(warnings("allow: [{ interface: wasi:cli/environment, env: [A] }]", environment), []);
    assert.deepEqual(warnings('allow: [{ interface: "acme:billing/*" }]', ledger), []);
  });

  it("is given for functions and arguments that the import does not have, in denials too", () => {
    assert.match(
      warnings("deny: [{ interface: acme:billing/ledger, functions: [Pay] }]", ledger).join(),
      /names the function Pay/,
    );
    assert.match(
      warnings("deny: [{ interface: acme:billing/ledger, args: [{ path: to, equals: x }] }]", ledger).join(),
      /the argument to, which quote does not have, and so always denies it/,
    );
    assert.deepEqual(
      warnings(
        "deny: [{ interface: acme:billing/ledger, functions: [pay], args: [{ path: to, equals: x }] }]",
        ledger,
      ),
      [],
    );
  });

  it("is given for a grant that a denial always shadows", () => {
    assert.match(
      both("{ interface: acme:billing/ledger }").join(),
      /has no effect: the rule deny\[0\] in line 5/,
    );
    assert.match(both('{ interface: "acme:billing/*" }').join(), /has no effect/);
    assert.match(both("{ interface: acme:billing/ledger, functions: [quote, pay] }").join(), /has no effect/);
    assert.deepEqual(both("{ interface: acme:billing/ledger, functions: [pay] }"), []);
    assert.deepEqual(both("{ interface: acme:billing/ledger, args: [{ path: amount, min: 5 }] }"), []);
  });

  it("is given for a grant of nothing and for a grant of what is open", () => {
    assert.match(
      warnings("allow: [{ interface: wasi:cli/environment, env: [] }]", environment).join(),
      /lets nothing of it be touched/,
    );
    const streams = importOf("wasi:io/streams", { read: [] });
    assert.match(warnings("allow: [{ interface: wasi:io/streams }]", streams).join(), /open to every guest/);
  });
});

describe("an explanation", () => {
  it("says of every rule whether it matched and why", () => {
    const policy = policyOf(`
allow:
  - { id: env, interface: wasi:cli/environment, env: [A] }
  - { id: pay, interface: acme:billing/ledger, functions: [pay], args: [{ path: amount, max: 5 }] }
deny:
  - { id: "no", interface: "acme:billing/*", functions: [quote] }`);
    const why = (site: string, args?: Readonly<Record<string, unknown>>) => {
      const [name = "", called = ""] = site.split(" ");
      return policy
        .explain({ interface: name, function: called }, undefined, args)
        .rules.map(({ rule, matched, why: text }) => `${rule} ${matched} ${text}`);
    };
    assert.deepEqual(why("acme:billing/ledger pay", { amount: 9 }), [
      "no false names other functions: quote",
      "env false names wasi:cli/environment",
      "pay false asks for other arguments: amount is above the max of 5 (amount is 9)",
    ]);
    assert.equal(why("acme:billing/ledger quote")[0], "no true covers the call");
    const { decision, rules } = policy.explain(
      { interface: "wasi:cli/environment", function: "get" },
      { key: "B" },
    );
    assert.equal(decision.verdict, "deny");
    assert.match(rules[1]?.why ?? "", /no grant under "env" covers \{"key":"B"\}/);
  });
});
