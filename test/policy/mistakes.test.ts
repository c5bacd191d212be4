import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { isWrunError } from "../../runtime/errors/index.js";
import { refuseMistakes } from "../../runtime/policy/index.js";
import { bytesOf, contracts, head, policyOf, refuses } from "./fixture.js";

const told = (text: string) => () => refuseMistakes(bytesOf(text), "policy.yaml", contracts);

/** The line and column of each mistake. */
function placesOf(text: string): readonly string[] {
  try {
    told(text)();
  } catch (error) {
    assert.ok(isWrunError(error));
    return [...error.message.matchAll(/^policy\.yaml:(\d+:\d+) /gm)].map(([, place = ""]) => place);
  }
  return [];
}

const rules = [
  "limits: { wall: 30 }",
  "allow:",
  "  - { interface: wasi:cli/exit }",
  "  - { interface: wasi:cli/exitt }",
  "  - { interface: wasi:cli/environment }",
  "deny:",
  "  - { interface: wasi:cli/exit, functoins: [exit] }",
  "  - { interface: wasi:cli/environment, env: [] }",
  "",
].join("\n");

describe("the mistakes of a policy", () => {
  it("are told all at once, with line and column and what to write", () => {
    assert.deepEqual(placesOf(head + rules), ["4:17", "7:7", "8:5", "10:33", "11:40"]);
    refuses(told(head + rules), "POLICY_MISTAKES", "policy.yaml has 5 mistakes", 'did you mean "functions"?');
    refuses(() => policyOf(rules), "POLICY_VALUE_INVALID", "policy.yaml:4:17");
  });

  it("are told up to twenty, and one as it is", () => {
    const many = "  - { interface: wasi:cli/exitt }\n".repeat(1000);
    assert.equal(placesOf(`${head}allow:\n${many}`).length, 20);
    refuses(told(`${head}allow:\n${many}`), "POLICY_MISTAKES", "has 20 mistakes or more");
    refuses(told(`${head}limits: { wall: 30 }\n`), "POLICY_VALUE_INVALID", "policy.yaml:4:17");
    refuses(told(`${head}allow: [`), "POLICY_SYNTAX");
    assert.doesNotThrow(told(head));
  });

  it("cannot begin a line that looks like another one's place", () => {
    const text = `${head}allow:\n  - { interface: "a\\npolicy.yaml:9:9 b" }\n  - { interface: wasi:cli/exitt }\n`;
    assert.deepEqual(placesOf(text), ["5:7", "6:7"]);
  });
});
