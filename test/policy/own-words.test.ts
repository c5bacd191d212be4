import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { contractsOf, isWrunError } from "../../runtime/index.js";
import { policyOf } from "./fixture.js";

const known = contractsOf(hostPackages);

function messageOf(text: string): string {
  try {
    policyOf(text, known);
  } catch (error) {
    if (isWrunError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return "it is taken";
}

const rule = (more: string, name = "wasi:cli/exit"): string => `deny:\n  - { interface: "${name}", ${more} }`;
const http = (more: string): string => rule(`http: { ${more} }`, "wasi:http/outgoing-handler");
const files = (prefix: string): string => rule(`fs: [{ prefix: "${prefix}" }]`, "wasi:filesystem/types");
const values = [
  "5",
  "5.5",
  "true",
  "null",
  "''",
  "x",
  "[]",
  "[[]]",
  "[5]",
  "['']",
  "{}",
  "{ a: b }",
  "99999999999999999999",
];

describe("what is wrong with a value of a policy", () => {
  for (const [text, sentence] of [
    ["allow: x", "4:8 allow: expected a list, found a text"],
    ["trust: []", "4:8 trust: expected a mapping, found a list"],
    ["limits:", "expected a mapping, found nothing"],
    ["onViolation: warn", 'expected "deny" or "trap" or "quarantine", found "warn"'],
    ["validity: { windows: [] }", "validity.windows: expected at least 1 entry, found 0"],
    [rule("args: [{ path: a, prefix: 5 }]"), "deny[0].args[0].prefix: expected a text, found a number"],
    [rule("args: [{ path: a, prefix: '' }]"), "expected at least 1 character, found 0"],
    [http("scheme: ftp"), 'deny[0].http.scheme: expected "http" or "https" or a list, found "ftp"'],
    [http("ports: [80.5]"), "deny[0].http.ports[0]: expected a whole number, found 80.5"],
    [http("ports: [99999]"), "expected at most 65535, found 99999"],
    [http("methods: [get]"), "write methods in upper case"],
    [http("methods: [GET, CONNECT]"), "no guest can send CONNECT, whatever a policy says; leave it out"],
    [files(`/a/${"é".repeat(128)}`), "no file has a name of more than 255 bytes"],
  ] as const) {
    it(`is said in words of this project: ${text.split("\n").at(-1)}`, () => {
      const message = messageOf(text);
      assert.ok(message.startsWith("POLICY_VALUE_INVALID ") && message.endsWith(sentence), message);
    });
  }

  it("is never a sentence of a library, whatever stands for whatever key", () => {
    const places: readonly ((value: string) => string)[] = [
      ...["limits", "trust", "validity", "serve", "subject", "allow", "deny", "onViolation"].map(
        (key) => (value: string) => `${key}: ${value}`,
      ),
      ...["memory", "wall", "hostCalls"].map((key) => (value: string) => `limits: { ${key}: ${value} }`),
      ...["windows", "notBefore"].map((key) => (value: string) => `validity: { ${key}: ${value} }`),
      ...["component", "signers"].map((key) => (value: string) => `subject: { ${key}: ${value} }`),
      ...["instances", "concurrency"].map((key) => (value: string) => `serve: { ${key}: ${value} }`),
      ...["id", "functions", "args", "onViolation", "rate"].map(
        (key) => (value: string) => rule(`${key}: ${value}`),
      ),
      ...["path: a, equals", "path: a, oneOf", "path: a, max", "path"].map(
        (key) => (value: string) => rule(`args: [{ ${key}: ${value} }]`),
      ),
      ...["methods", "scheme", "hosts", "ports", "paths", "addresses"].map(
        (key) => (value: string) => http(`${key}: ${value}`),
      ),
      (value) => rule(`env: ${value}`, "wasi:cli/environment"),
      ...["root", "prefix", "rights"].map(
        (key) => (value: string) => rule(`fs: [{ ${key}: ${value} }]`, "wasi:filesystem/types"),
      ),
      ...["bucket", "bucket: b, keys", "bucket: b, access"].map(
        (key) => (value: string) => rule(`keyvalue: [{ ${key}: ${value} }]`, "wasi:keyvalue/store"),
      ),
    ];
    let refused = 0;
    for (const place of places) {
      for (const value of values) {
        const message = messageOf(place(value));
        if (message === "it is taken") continue;
        refused += 1;
        assert.match(message, /^POLICY_[A-Z_]+ policy\.yaml:\d+:\d+ /);
        assert.doesNotMatch(
          message,
          /Invalid|Too (?:small|big)|received|\barray\b|\bobject\b|\bundefined\b|>=|<=|another value/,
          message,
        );
      }
    }
    assert.ok(refused > 300, String(refused));
  });

  it("names only limits that there are", () => {
    assert.throws(() => policyOf("limits: { wal: 5s }"), {
      code: "POLICY_KEY_UNKNOWN",
      next: "Allowed there: memory, wall, hostCalls, bytesOut, tableElements, lineage.",
    });
  });
});
