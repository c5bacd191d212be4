import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { isWrunError } from "../../runtime/errors/index.js";
import { defaultLimits, parsePolicy } from "../../runtime/policy/index.js";
import { bytesOf, contracts, head, policyOf, refuses } from "./fixture.js";

const parseText = (text: string) => parsePolicy(bytesOf(text), "policy.yaml", contracts);

describe("a policy manifest", () => {
  it("says everything of the example in the design", () => {
    const { manifest } = policyOf(`
subject: { component: "sha256:${"a".repeat(64)}", signers: [key-1] }
validity: { notBefore: '2026-01-01T00:00:00Z', notAfter: '2027-01-01T00:00:00+01:00' }
trust: { maxStaleness: 1.5s }
limits: { memory: 64MiB, wall: 30s, hostCalls: 1e4, bytesOut: 1 MiB, tableElements: 500 }
allow:
  - id: ledger
    interface: acme:billing/ledger
    functions: [quote, "[method]account.pay"]
    args: [{ path: amount, min: 0, max: 12345678901234567890 }, { path: note.text-body, equals: "x" }]
    rate: { perSecond: 50, burst: 100 }
    onViolation: trap
deny:
  - interface: "acme:billing/*"
onViolation: quarantine
`);
    assert.deepEqual(manifest.limits, {
      memory: 67_108_864,
      wallMs: 30_000,
      hostCalls: 10_000,
      bytesOut: 1_048_576,
      tableElements: 500,
      lineage: 1024 ** 3,
    });
    assert.deepEqual(manifest.subject, { component: `sha256:${"a".repeat(64)}`, signers: ["key-1"] });
    assert.equal(manifest.trust.maxStalenessMs, 1500);
    assert.equal(manifest.validity.notAfter, Date.parse("2026-12-31T23:00:00Z"));
    const [rule] = manifest.allow;
    assert.equal(rule?.line, 10);
    assert.deepEqual(rule?.rate, { perSecond: 50, burst: 100 });
    assert.equal(rule?.args[0]?.max, 12345678901234567890n);
    assert.deepEqual(rule?.args[1]?.path, ["note", "text-body"]);
    assert.equal(manifest.deny[0]?.id, "deny[0]");
    assert.equal(manifest.onViolation, "quarantine");
  });

  it("grants nothing and limits everything when it says nothing", () => {
    const { manifest } = policyOf("");
    assert.deepEqual([manifest.allow, manifest.deny, manifest.onViolation], [[], [], "deny"]);
    assert.deepEqual(manifest.limits, defaultLimits);
  });

  it("names file, line, column, the key and what was probably meant", () => {
    refuses(
      () =>
        policyOf(
          "allow:\n  - interface: wasi:cli/exit\n  - interface: wasi:filesystem/types\n    fs:\n      - prefx: /in\n        rights: [read]",
        ),
      "POLICY_KEY_UNKNOWN",
      'policy.yaml:8:9 unknown key "prefx" in allow[1].fs[0]; did you mean "prefix"?',
      "Allowed there: prefix, rights.",
    );
  });

  for (const [text, ...parts] of [
    ["alow: []", '"alow"', 'did you mean "allow"'],
    ["metadata2: {}", '"metadata2"'],
    ["subject: { digest: x }", '"digest" in subject', "component, signers"],
    ["validity: { until: x }", '"until" in validity'],
    [
      "validity: { windows: [{ days: [mon], utc: '06:00-07:00', tz: x }] }",
      '"tz" in validity.windows[0]',
      "days, utc",
    ],
    ["trust: { staleness: 5s }", '"staleness" in trust'],
    ["limits: { cpu: 5 }", '"cpu" in limits'],
    ["limits: { constructor: 5 }", '"constructor" in limits'],
    ["allow: [{ interfaces: x }]", '"interfaces" in allow[0]', 'did you mean "interface"', "env"],
    [
      "allow: [{ interface: wasi:cli/exit, rate: { perSecond: 1, burst: 1, per: 1 } }]",
      '"per" in allow[0].rate',
    ],
    ["deny: [{ interface: wasi:cli/exit, args: [{ path: a, maximum: 1 }] }]", '"maximum" in deny[0].args[0]'],
  ] as const) {
    it(`refuses the unknown key in ${text}`, () =>
      refuses(() => policyOf(text), "POLICY_KEY_UNKNOWN", ...parts));
  }

  it("refuses unknown keys beside the name", () => {
    const text = "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: x, labels: {} }";
    refuses(() => parseText(text), "POLICY_KEY_UNKNOWN", "3:22", "name, zone, epoch");
  });

  for (const [text, ...parts] of [
    ["validity: { windows: [{ utc: '06:00-07:00' }] }", 'validity.windows[0] lacks the key "days"'],
    ["validity: { windows: [{ days: [mon] }] }", '"utc"'],
    ["allow: [{ id: x }]", 'allow[0] lacks the key "interface"'],
    ["allow: [{ interface: wasi:cli/exit, rate: { burst: 1 } }]", '"perSecond"'],
    ["allow: [{ interface: wasi:cli/exit, rate: { perSecond: 1 } }]", '"burst"'],
    ["allow: [{ interface: wasi:cli/exit, args: [{ max: 1 }] }]", '"path"'],
  ] as const) {
    it(`refuses what lacks a key: ${text}`, () =>
      refuses(() => policyOf(text), "POLICY_KEY_MISSING", ...parts));
  }

  it("refuses a document without its first three keys", () => {
    refuses(() => parseText("kind: Policy\nmetadata: { name: x }"), "POLICY_KEY_MISSING", '"apiVersion"');
    refuses(() => parseText("apiVersion: wrun/v1\nmetadata: { name: x }"), "POLICY_KEY_MISSING", '"kind"');
    refuses(() => parseText("apiVersion: wrun/v1\nkind: Policy"), "POLICY_KEY_MISSING", '"metadata"');
    refuses(
      () => parseText("apiVersion: wrun/v1\nkind: Policy\nmetadata: {}"),
      "POLICY_KEY_MISSING",
      '"name"',
    );
    refuses(() => parseText(head.replace("v1", "v2")), "POLICY_VALUE_INVALID", "1:13", "wrun/v1");
    refuses(() => parseText(head.replace("Policy", "Pod")), "POLICY_VALUE_INVALID", "2:7");
  });

  for (const text of ["metadata2: x\nkind2: y", "limits: { fuel: 5e9 }", "limits: { fuel: }"]) {
    it(`never ignores ${JSON.stringify(text)}`, () => assert.throws(() => policyOf(text), isWrunError));
  }

  it("refuses a component by its name, since no name is verified yet", () => {
    refuses(
      () => policyOf('subject:\n  component: "acme/weather@^1.2.0"'),
      "POLICY_VALUE_INVALID",
      "5:14 subject.component",
      "names a release",
      "sha256:…",
    );
  });

  it("refuses fuel by name, since it is not enforced yet", () => {
    refuses(
      () => policyOf("limits:\n  fuel: 5e9"),
      "POLICY_LIMIT_UNSUPPORTED",
      "5:3",
      "limits.fuel",
      "limits.wall",
    );
  });

  for (const text of [
    "onViolation: ignore",
    "onViolation: [deny]",
    "onViolation:",
    "allow:",
    "allow: {}",
    "allow: [x]",
    "deny: [[]]",
    "trust: { maxStaleness: 5 }",
    "trust: { maxStaleness: 0s }",
    "trust: { maxStaleness: 2h }",
    "trust: { maxStaleness: -5s }",
    "limits: { memory: 64 }",
    "limits: { memory: 5GiB }",
    "limits: { memory: -64MiB }",
    "limits: { memory: 64mib }",
    "limits: { memory: 64MiBs }",
    "limits: { memory: 0x40MiB }",
    "limits: { memory: '.nan' }",
    "limits: { memory: '.inf' }",
    "limits: { memory: 1.5 }",
    "limits: { memory: [64MiB] }",
    "limits: { memory: null }",
    "limits: { wall: 30 }",
    "limits: { wall: '.nan' }",
    "limits: { wall: 0.0001s }",
    "limits: { wall: 1000d }",
    "limits: { hostCalls: -1 }",
    "limits: { hostCalls: 1.5 }",
    "limits: { hostCalls: '.nan' }",
    "limits: { hostCalls: '.inf' }",
    "limits: { hostCalls: 1e300 }",
    "limits: { hostCalls: 99999999999999999999 }",
    "limits: { hostCalls: '5' }",
    "limits: { bytesOut: -1 }",
    "limits: { tableElements: 1e9 }",
    "subject: { component: sha256:abc }",
    "subject: { component: 'SHA256:0000000000000000000000000000000000000000000000000000000000000000' }",
    "subject: { component: acme/weather }",
    "subject: { component: 'acme/weather@' }",
    "subject: { component: '@1.0.0' }",
    "subject: { component: 'a b@1.0.0' }",
    "subject: { signers: [] }",
    "subject: { signers: ['a b'] }",
    "subject: { signers: key }",
    "validity: { notBefore: '2026-01-01' }",
    "validity: { notBefore: '2026-02-30T00:00:00Z' }",
    "validity: { notBefore: '2026-01-01T00:00:00' }",
    "validity: { notBefore: 1767225600 }",
    "validity: { notBefore: '2026-01-02T00:00:00Z', notAfter: '2026-01-01T00:00:00Z' }",
    "validity: { windows: [] }",
    "validity: { windows: [{ days: [], utc: '06:00-07:00' }] }",
    "validity: { windows: [{ days: [monday], utc: '06:00-07:00' }] }",
    "validity: { windows: [{ days: [mon-fri-sat], utc: '06:00-07:00' }] }",
    "validity: { windows: [{ days: [mon], utc: '6:00-7:00' }] }",
    "validity: { windows: [{ days: [mon], utc: '06:00-06:00' }] }",
    "validity: { windows: [{ days: [mon], utc: '24:00-06:00' }] }",
    "validity: { windows: [{ days: [mon], utc: '06:00-24:30' }] }",
    "allow: [{ interface: wasi:cli/exit, id: 'a b' }]",
    "allow: [{ interface: wasi:cli/exit, id: 'allow[0]' }]",
    "allow: [{ interface: wasi:cli/exit, id: 7 }]",
    "allow: [{ interface: wasi:cli/exit, onViolation: never }]",
    "allow: [{ interface: wasi:cli/exit, functions: exit }]",
    "allow: [{ interface: wasi:cli/exit, functions: ['a.b'] }]",
    "allow: [{ interface: wasi:cli/exit, functions: ['__proto__'] }]",
    "allow: [{ interface: wasi:cli/exit, functions: ['*'] }]",
    "allow: [{ interface: wasi:cli/exit, args: [] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: '__proto__.x', max: 1 }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: 'a..b', max: 1 }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: '', max: 1 }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, max: '.nan' }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, max: '.inf' }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, max: '5' }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, min: 2, max: 1 }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, equals: 1, oneOf: [2] }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, equals: { a: 1 } }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, equals: null }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, equals: {} }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, oneOf: [] }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, prefix: '' }] }]",
    "allow: [{ interface: wasi:cli/exit, args: [{ path: a, maxLength: -1 }] }]",
    "allow: [{ interface: wasi:cli/exit, rate: { perSecond: 0, burst: 1 } }]",
    "allow: [{ interface: wasi:cli/exit, rate: { perSecond: 1, burst: 0 } }]",
    "allow: [{ interface: wasi:cli/exit, rate: { perSecond: 0.5, burst: 1 } }]",
    "allow: [{ interface: wasi:cli/exit, rate: { perSecond: '.nan', burst: 1 } }]",
    "allow: [{ interface: wasi:cli/exit, rate: 5 }]",
  ]) {
    it(`refuses the value in ${text}`, () =>
      refuses(() => policyOf(text), "POLICY_VALUE_INVALID", "policy.yaml:4:"));
  }

  it("refuses a name that is a number to YAML, or a sentence", () => {
    for (const name of ["7", "''", "'a b'", "[a]", "null", "'a\\nb'"]) {
      refuses(() => parseText(head.replace("test", name)), "POLICY_VALUE_INVALID", "metadata.name");
    }
    for (const epoch of ["-1", "1.5", "'1'", "1e99"]) {
      refuses(
        () => parseText(head.replace("test", `x, epoch: ${epoch}`)),
        "POLICY_VALUE_INVALID",
        "metadata.epoch",
      );
    }
    refuses(() => parseText(head.replace("test", "x, zone: [eu]")), "POLICY_VALUE_INVALID", "metadata.zone");
  });

  it("is read or refused with an error of ours, whatever the bytes", () => {
    const pieces = fc.constantFrom(
      "allow:",
      "deny:",
      "\n",
      "  - ",
      "interface: ",
      "wasi:cli/exit",
      "{",
      "}",
      "[",
      "]",
      ", ",
      ": ",
      '"',
      "'",
      "&a ",
      "*a",
      "!!x ",
      "|",
      ">",
      "---",
      "...",
      "%YAML 1.1",
      "<<",
      "? ",
      "\t",
      "#",
      "fs",
      "limits",
      "5s",
      "\ufeff",
      "\u0000",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.string({ unit: "binary", maxLength: 3 })), { maxLength: 12 }),
        (parts) => {
          try {
            policyOf(parts.join(""));
          } catch (error) {
            assert.ok(isWrunError(error), String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
