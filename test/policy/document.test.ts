import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parsePolicy } from "../../runtime/policy/index.js";
import { bytesOf, contracts, head, policyOf, refuses } from "./fixture.js";

const parse = (bytes: Uint8Array) => parsePolicy(bytes, "policy.yaml", contracts);
const parseText = (text: string) => parse(bytesOf(text));

describe("the bytes of a policy", () => {
  it("may be JSON, with the same meaning", () => {
    const json = JSON.stringify(
      { apiVersion: "wrun/v1", kind: "Policy", metadata: { name: "test" }, limits: { hostCalls: 5 } },
      null,
      "\t",
    );
    assert.deepEqual(parseText(json).limits, policyOf("limits: { hostCalls: 5 }").manifest.limits);
  });

  it("give the digest of exactly these bytes, and can't be changed afterwards", () => {
    const bytes = bytesOf(head);
    const policy = parse(bytes);
    const digest = policy.digest;
    bytes.fill(0);
    policy.bytes.fill(0);
    assert.deepEqual(policy.bytes, bytesOf(head));
    assert.equal(policy.digest, digest);
    assert.notEqual(parseText(`${head}\n`).digest, digest);
  });

  it("are refused above the size limit, before anything is parsed", () => {
    refuses(() => parse(new Uint8Array(10 * 1024 * 1024).fill(0x23)), "POLICY_TOO_LARGE", "10485760");
  });

  it("are refused when they are not UTF-8, with the place", () => {
    const bytes = bytesOf(`${head}onViolation: de`);
    refuses(
      () => parse(Buffer.concat([bytes, Buffer.from([0xc0, 0xae])])),
      "POLICY_NOT_UTF8",
      "policy.yaml:4:16",
    );
    refuses(() => parse(Buffer.from(head, "utf16le")), "POLICY_SYNTAX");
  });

  it("are refused when they are empty, or no mapping", () => {
    refuses(() => parseText(""), "POLICY_SYNTAX", "empty");
    refuses(() => parseText("# nothing\n"), "POLICY_SYNTAX");
    refuses(() => parseText("[]"), "POLICY_VALUE_INVALID", "policy.yaml:1:1");
    refuses(() => parseText("just text"), "POLICY_VALUE_INVALID");
  });

  for (const [what, text, place] of [
    ["an alias", "trust: *later", "4:8"],
    ["an anchor", "trust: &later {}", "4:8"],
    ["an anchor", "&k trust: {}", "4:1"],
    ["a tag", "onViolation: !!str deny", "4:14"],
    ["a tag", "onViolation: !evil deny", "4:14"],
    ["a merge key", "<<: {}", "4:1"],
    ["a merge key", "trust: { <<: {} }", "4:10"],
    ["a second document", "---\nkind: Other", "4:1"],
  ] as const) {
    it(`are refused with ${what}: ${JSON.stringify(text)}`, () => {
      refuses(() => policyOf(text), "POLICY_YAML_FEATURE", what, `policy.yaml:${place}`);
    });
  }

  it("are refused with a directive, which could make them another version of YAML", () => {
    refuses(() => parseText(`%YAML 1.1\n---\n${head}`), "POLICY_YAML_FEATURE", "policy.yaml:1:1");
  });

  it("are refused with a key that is there twice, in YAML and in JSON, with both lines", () => {
    refuses(
      () => policyOf("onViolation: trap\nonViolation: deny"),
      "POLICY_KEY_DUPLICATE",
      "policy.yaml:5:1",
      "line 4",
    );
    refuses(
      () => parseText('{"kind": "Policy",\n"k\\u0069nd": "Policy"}'),
      "POLICY_KEY_DUPLICATE",
      "policy.yaml:2:1",
    );
    refuses(
      () => policyOf("trust: { maxStaleness: 5s, maxStaleness: 500s }"),
      "POLICY_KEY_DUPLICATE",
      "4:28",
    );
  });

  it("are refused with a key that is no string", () => {
    refuses(() => policyOf("1: x"), "POLICY_SYNTAX", "policy.yaml:4:1");
    refuses(() => policyOf("? [a]\n: x"), "POLICY_SYNTAX");
    refuses(() => policyOf("? {a: b}\n: x"), "POLICY_SYNTAX");
  });

  it("are refused with the key __proto__, wherever it stands", () => {
    refuses(() => policyOf("__proto__: {}"), "POLICY_SYNTAX", "policy.yaml:4:1", "__proto__");
    refuses(() => policyOf("allow: [{ __proto__: { interface: x } }]"), "POLICY_SYNTAX", "4:11");
    refuses(() => policyOf("constructor: {}"), "POLICY_KEY_UNKNOWN", '"constructor"');
    refuses(() => policyOf("trust: { toString: 5s }"), "POLICY_KEY_UNKNOWN", '"toString" in trust');
  });

  it("are refused with characters that a reviewer would not see", () => {
    for (const hidden of ["\0", "\u001b[2K", "\u007f", "\u0085", "\u202e", "\u2066", "\u2028"]) {
      refuses(() => policyOf(`# ${hidden}\nonViolation: deny`), "POLICY_SYNTAX", "4:", "control character");
    }
  });

  it("are refused with a carriage return alone, which hides what comes after it from one reader", () => {
    const text = "# never the key\rdeny: [{ interface: wasi:cli/exit }]";
    refuses(() => policyOf(text), "POLICY_SYNTAX", "policy.yaml:4:16", "carriage return");
    assert.equal(policyOf("# as Windows has it\r\nonViolation: trap\r\n").manifest.onViolation, "trap");
  });

  it("are refused with a name of several scripts, whose letters look alike, and told which letter it is", () => {
    const grant = (path: string): string =>
      `deny:\n  - interface: wasi:filesystem/types\n    fs: [{ prefix: ${path}, rights: [read] }]`;
    for (const [path, place, letter] of [
      ["/d\u0430ta", 22, "U+0430"],
      ["'/d\u0430ta'", 23, "U+0430"],
      ['"/d\u0430ta"', 23, "U+0430"],
      ['"/\\u0064\u0430ta"', 28, "U+0430"],
      ["/in/\u0440ay", 24, "U+0440"],
      ["/a-\u03bf", 23, "U+03BF"],
      ["/\u0430\u03bf", 21, "U+0430"],
      ["/x\u{10C80}", 22, "U+10C80"],
    ] as const)
      refuses(
        () => policyOf(grant(path)),
        "POLICY_SYNTAX",
        `policy.yaml:6:${place} has the letter ${letter} `,
      );
    refuses(() => policyOf(`d\u0435ny: []`), "POLICY_SYNTAX", "policy.yaml:4:2", '"\\u0435"');
    for (const path of [
      "/\u043e\u0442\u0447\u0451\u0442/in",
      "/\u043e\u0442\u0447\u0451\u0442.pdf",
      "/data/\u0430\u0431",
      "/\u30ec\u30dd\u30fc\u30c8A\u6848",
      "/\ud55c\uae00-v2",
      "/na\u00efve",
      '"/d\\u0430ta"',
    ])
      assert.doesNotThrow(() => parseText(`${head}# d\u0430ta\n${grant(path)}\n`), JSON.stringify(path));
  });

  it("are refused with what nobody sees, and with spaces that are none", () => {
    const unseen = [
      "\u00ad",
      "\u200b",
      "\u200d",
      "\u2060",
      "\ufeff",
      "\ufe0f",
      "\u034f",
      "\u115f",
      "\u3164",
      "\u{e0041}",
    ];
    for (const hidden of unseen) {
      refuses(
        () => policyOf(`metadata2: /in${hidden}/a`),
        "POLICY_SYNTAX",
        "policy.yaml:4:15",
        "nobody sees",
      );
      refuses(() => policyOf(`metadata2: "/in${hidden}/a"`), "POLICY_SYNTAX", "nobody sees");
    }
    for (const space of ["\u00a0", "\u2003", "\u3000"])
      refuses(() => policyOf(`onViolation:${space}deny`), "POLICY_SYNTAX", "policy.yaml:4:13", "plain space");
    // An escape in quotes is seen.
    refuses(() => policyOf('onViolation: "de\\u200bny"'), "POLICY_VALUE_INVALID");
  });

  it("are refused with letters that are written in another way than they look", () => {
    refuses(() => policyOf("metadata2: /cafe\u0301"), "POLICY_SYNTAX", "normal form C", "policy.yaml:4:16");
  });

  const ambiguous: readonly (readonly [string, readonly string[]])[] = [
    ["true or false", ["yes", "No", "ON", "off", "y", "N"]],
    [
      "another number",
      [
        "0100",
        "0x10",
        "0o17",
        "0b11",
        "1_000",
        "1:30",
        "06:00",
        "+5",
        ".5",
        "5.",
        ".inf",
        "-.INF",
        ".nan",
        "08",
        ".5e3",
        "-.5E3",
      ],
    ],
    ["the key of a mapping", ["?SECRET", "?x"]],
    ["a date", ["2026-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "2026-01-01 00:00:00"]],
  ];
  for (const [kind, sources] of ambiguous) {
    for (const source of sources) {
      it(`are refused with ${source} without quotes, which some take for ${kind}`, () => {
        const values = [source, `[${source}]`, `{ ${source}: 1 }`];
        for (const value of values)
          refuses(() => policyOf(`metadata2: ${value}`), "POLICY_SYNTAX", "policy.yaml:4:", kind);
        // In quotes it is text to everybody.
        refuses(() => policyOf(`metadata2: "${source}"`), "POLICY_KEY_UNKNOWN");
      });
    }
  }

  it("take numbers, sizes, words and addresses as everybody reads them", () => {
    for (const source of [
      "5",
      "-5",
      "0",
      "1.5",
      "64MiB",
      "1.5s",
      "1.2.3.4",
      "10.0.0.0/8",
      "::1",
      "true",
      "null",
      "sha256:00",
      "06:00-20:00",
      "mon-fri",
      "yesterday",
      "2026-01",
    ])
      refuses(() => policyOf(`metadata2: ${source}`), "POLICY_KEY_UNKNOWN");
  });

  it("take the escape of a whole character, and refuse one of two halves", () => {
    refuses(() => policyOf('metadata2: "\\ud83d\\ude00"'), "POLICY_SYNTAX", "half a character", "4:12");
    refuses(() => policyOf('metadata2: "\\\\\\uD83D\\uDE00"'), "POLICY_SYNTAX", "half a character");
    for (const source of ["\\U0001f600", "\\\\ud83d", "\\ue000"])
      refuses(() => policyOf(`metadata2: "${source}"`), "POLICY_KEY_UNKNOWN");
  });

  it("take a whole number of any length exactly, and no number beyond 2^53 that has been rounded", () => {
    const max = (number: string) =>
      policyOf(`allow:\n  - { interface: "wasi:cli/exit", args: [{ path: status, max: ${number} }] }\n`)
        .manifest.allow[0]?.args[0]?.max;
    assert.equal(max("9007199254740993"), 9007199254740993n);
    assert.equal(max(`1${"0".repeat(400)}`), 10n ** 400n);
    assert.equal(max("9007199254740991.0"), 9007199254740991);
    for (const rounded of ["9007199254740993.0", "-9007199254740993.0"])
      refuses(() => max(rounded), "POLICY_VALUE_INVALID", "not exact", "policy.yaml:5:");
  });

  it("are refused with a number with an exponent where something of a call is compared with it", () => {
    const rule = (value: string) =>
      `deny: [{ interface: wasi:cli/exit, args: [{ path: status, ${value} }] }]`;
    refuses(() => policyOf(rule("max: 1e3")), "POLICY_VALUE_INVALID", "exponent", "policy.yaml:4:");
    refuses(() => policyOf(rule("oneOf: [1, 2E1]")), "POLICY_VALUE_INVALID", "exponent");
    const grant = (value: string) => `deny: [{ interface: wasi:cli/environment, env: [${value}] }]`;
    refuses(() => policyOf(grant("1e3")), "POLICY_VALUE_INVALID", "exponent", "env");
    policyOf(grant('"1e3"'));
    policyOf(rule('equals: "1e3"'));
    policyOf(rule("max: 1000"));
  });

  it("are refused with half of a surrogate pair", () => {
    refuses(() => policyOf('metadata2: "\\ud800"'), "POLICY_SYNTAX", "half a character", "4:12");
  });

  it("are refused when they nest without end, in each style", () => {
    const many = 100_000;
    refuses(() => parseText("[".repeat(many)), "POLICY_TOO_DEEP");
    refuses(() => parseText('{"a":'.repeat(many)), "POLICY_TOO_DEEP");
    refuses(() => parseText("- ".repeat(10_000)), "POLICY_TOO_DEEP");
    refuses(() => parseText(`${"[".repeat(40)}${"]".repeat(40)}`), "POLICY_TOO_DEEP");
  });

  it("are refused when they are a bomb of aliases", () => {
    const bomb = [
      "a: &a [x, x]",
      ...["b", "c", "d"].map((n, i) => `${n}: &${n} [*${"abc"[i]}, *${"abc"[i]}]`),
    ];
    refuses(() => parseText(bomb.join("\n")), "POLICY_YAML_FEATURE");
  });

  it("are refused when YAML itself does not hold", () => {
    refuses(() => policyOf("trust: { maxStaleness: 5s"), "POLICY_SYNTAX");
    refuses(() => policyOf('onViolation: "deny'), "POLICY_SYNTAX");
    refuses(() => policyOf("\tonViolation: deny"), "POLICY_SYNTAX");
  });
});
