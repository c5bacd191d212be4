import { strict as assert } from "node:assert";
import { describe, it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { contractsOf, refuseMissingRoots } from "../../runtime/index.js";
import { policyOf, refuses } from "./fixture.js";

const known = contractsOf(hostPackages);
const rule = (effect: string, grants: string): string =>
  `${effect}:\n  - interface: wasi:filesystem/types\n    fs: [${grants}]`;
const given = (rules: string, ...names: readonly string[]): void =>
  refuseMissingRoots(
    policyOf(rules, known).manifest,
    names.map((name) => ({ name })),
  );

describe("a rule that names a file root", () => {
  for (const effect of ["allow", "deny"]) {
    it(`is refused where the run has no such root, with line and column (${effect})`, () => {
      const rules = rule(
        effect,
        "{ root: data, prefix: /in, rights: [read] }, { root: dat, prefix: /, rights: [read] }",
      );
      refuses(
        () => given(rules, "data", "out"),
        "POLICY_ROOT_MISSING",
        "policy.yaml:6:55 ",
        '"dat"',
        'did you mean "data"',
        '"data", "out"',
      );
      refuses(() => given(rules), "POLICY_ROOT_MISSING", '"data"', "none");
      assert.doesNotThrow(() => given(rules, "dat", "data"));
    });
  }

  it("may name none in a denial, which is then about all of them", () => {
    assert.doesNotThrow(() => given(rule("deny", "{ prefix: /private }")));
  });

  it("shows in its error what nobody would see of a name", () => {
    refuses(
      () => given(rule("deny", '{ root: "da\\u00adta" }'), "data"),
      "POLICY_ROOT_MISSING",
      '"da\\u00adta"',
    );
  });
});
