import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { camelCase, readSignature } from "../../runtime/component/in-worker.js";
import type { ValueType } from "../../runtime/component/wit-types.js";
import { contractsOf } from "../../runtime/index.js";
import { pinnedTypes } from "../../runtime/sandbox/gate/pinned-types.js";
import { policyOf, refuses, verdict } from "./fixture.js";

const known = contractsOf(hostPackages);

function deny(from: string, functions: readonly string[], argument: string): () => unknown {
  const named = functions.length === 0 ? "" : `functions: [${functions.map((one) => `"${one}"`).join()}], `;
  return () => policyOf(`deny:\n  - interface: "${from}"\n    ${rule(named, argument)}`, known);
}

/** What follows is in line 6. */
function rule(named: string, argument: string): string {
  return named === "" ? `args: [${argument}]` : `${named.trim().slice(0, -1)}\n    args: [${argument}]`;
}

const log = (argument: string) => deny("wasi:logging/logging", [], argument);
const bytes = (argument: string) => deny("wasi:random/random", [], argument);

describe("a rule about arguments", () => {
  it("that asks for a parameter nobody takes is refused, with the one that was meant", () => {
    refuses(
      log("{ path: levl, equals: error }"),
      "POLICY_ARGUMENT_UNKNOWN",
      'policy.yaml:6:20 deny[0].args[0] asks for "levl"',
      'did you mean "level"?',
      "can ask for: level, context, message.",
    );
    refuses(bytes('{ path: lenght, prefix: "5" }'), "POLICY_ARGUMENT_UNKNOWN", "can ask for: len.");
    refuses(log("{ path: level.tag, equals: error }"), "POLICY_ARGUMENT_UNKNOWN");
    const setTimes = "[method]descriptor.set-times";
    const times = (path: string) => deny("wasi:filesystem/types", [setTimes], `{ path: ${path}, min: 5 }`);
    times("data-access-timestamp.val.seconds")();
    refuses(times("data-access-timestamp.seconds"), "POLICY_ARGUMENT_UNKNOWN", "policy.yaml:7:20");
    refuses(times("self.fd"), "POLICY_ARGUMENT_UNKNOWN");
    refuses(
      deny("wasi:clocks/monotonic-clock", ["now"], "{ path: when, min: 5 }"),
      "POLICY_ARGUMENT_UNKNOWN",
    );
    refuses(deny("wasi:sockets/udp", [], "{ path: datagrams.data, min: 5 }"), "POLICY_ARGUMENT_UNKNOWN");
  });

  it("that no value can meet is refused where it stands", () => {
    const refused = (args: string, ...parts: string[]) =>
      refuses(log(args), "POLICY_VALUE_INVALID", "policy.yaml:6:", ...parts);
    refused("{ path: message, equals: abc, prefix: b }", "6:37 deny[0].args[0].equals", "what else is asked");
    refused("{ path: message, oneOf: [abc, b], prefix: a }", "6:42 deny[0].args[0].oneOf[1]");
    refused("{ path: message, equals: abc, maxLength: 2 }");
    refused("{ path: message, equals: abc, min: 2 }");
    refused("{ path: message, prefix: abc, maxLength: 2 }", "6:12 deny[0].args[0]: has a prefix");
    refused("{ path: message, prefix: abc, max: 2 }", "a number and for a text");
    refused("{ path: message, maxLength: 5, max: 2 }", "no number has");
    refuses(
      bytes("{ path: len, min: 5, max: 4 }"),
      "POLICY_VALUE_INVALID",
      "policy.yaml:6:",
      "min above its max",
    );
    refuses(bytes("{ path: len, equals: 5, max: 4 }"), "POLICY_VALUE_INVALID", "args[0].equals");
    refuses(bytes("{ path: len, oneOf: [3, 5.0], max: 4 }"), "POLICY_VALUE_INVALID", "args[0].oneOf[1]");
    refused(
      "{ path: message, equals: a }, { path: level, equals: info }, { path: message, equals: b }",
      "6:73 deny[0].args[2]",
      'the rules for "message" before it',
    );
    refused("{ path: message, prefix: a }, { path: message, prefix: b }");
    refused("{ path: message, prefix: abc }, { path: message, maxLength: 2 }");
    refused("{ path: message, oneOf: [ab, cd] }, { path: message, prefix: e }");
    for (const [act, args] of [
      [log, "{ path: message, oneOf: [ab, a], prefix: a, maxLength: 2 }"],
      [log, "{ path: message, prefix: a }, { path: message, prefix: abc }"],
      [log, "{ path: message, oneOf: [ab, cd] }, { path: message, oneOf: [cd, ef] }"],
      [log, '{ path: message, equals: "\u{1f600}", maxLength: 1 }'],
      [bytes, "{ path: len, oneOf: [4, 5.0], min: 4, max: 5 }"],
      [bytes, "{ path: len, min: 4 }, { path: len, max: 4 }"],
    ] as const)
      assert.doesNotThrow(act(args), args);
  });

  it("that asks for what the parameter can never be is refused, with what it can be", () => {
    const refused = (act: () => unknown, ...parts: string[]) =>
      refuses(act, "POLICY_RULE_INEFFECTIVE", "policy.yaml:6:", ...parts);
    refused(log("{ path: level, equals: ERROR }"), "6:35", '"ERROR"', "trace, debug, info, warn, error");
    refused(log("{ path: level, oneOf: [error, fatal] }"), "6:42", '"fatal"');
    refused(log("{ path: level, prefix: e, maxLength: 3 }"), "meets maxLength: 3");
    refused(log("{ path: level, prefix: x }"), 'prefix: "x"');
    refused(log("{ path: level, equals: 3 }"));
    refused(log("{ path: message, equals: 5 }"), "texts");
    refused(log("{ path: message, max: 5 }"));
    refused(log("{ path: message, equals: true }"));
    refused(
      bytes("{ path: len, max: -1 }"),
      "6:30",
      "cannot be -1",
      "whole numbers from 0 to 18446744073709551615",
    );
    refused(bytes("{ path: len, min: 18446744073709551616 }"));
    refused(bytes("{ path: len, equals: 1.5 }"));
    refused(bytes("{ path: len, max: 1.5 }"));
    refused(bytes('{ path: len, equals: "5" }'));
    refused(bytes("{ path: len, maxLength: 5 }"));
    refused(deny("wasi:cli/exit", [], "{ path: status, equals: err }"), "status.tag");
    refused(deny("wasi:keyvalue/batch", [], "{ path: bucket, equals: b }"), "a handle");
    refused(deny("wasi:keyvalue/batch", [], "{ path: keys, prefix: b }"), "It takes maxLength.");
    refused(deny("wasi:keyvalue/atomics", [], "{ path: delta, min: -9223372036854775809 }"));
  });

  it("is taken where one of the functions that it is about can meet it", () => {
    log("{ path: level, prefix: e, maxLength: 5 }")();
    bytes("{ path: len, equals: 5.0 }")();
    bytes("{ path: len, max: 18446744073709551615 }")();
    deny("wasi:cli/*", [], "{ path: status.tag, equals: err }")();
    // `value` is a bool, a u8, a u32 and a u64 there, by function.
    deny("wasi:sockets/tcp", [], "{ path: value, oneOf: [true, 5, 18446744073709551615] }")();
    refuses(
      deny("wasi:sockets/tcp", ["[method]tcp-socket.set-hop-limit"], "{ path: value, equals: true }"),
      "POLICY_RULE_INEFFECTIVE",
    );
    refuses(
      deny("wasi:sockets/tcp", ["[method]tcp-socket.set-hop-limit"], "{ path: value, min: 256 }"),
      "POLICY_RULE_INEFFECTIVE",
    );
  });

  it("may ask for every value of every function of WASI", () => {
    const asked = [...pinnedTypes([])].flatMap(([key, text]) => {
      const [from = "", called = ""] = key.split("#");
      if (!known.has(from)) return [];
      const samples = (readSignature(text)?.params ?? []).flatMap(({ name, type }) => samplesOf(name, type));
      for (const argument of samples) assert.doesNotThrow(deny(from, [called], argument), argument);
      for (const argument of samples) assert.doesNotThrow(deny(from, [], argument), argument);
      return samples;
    });
    assert.ok(asked.length > 300, String(asked.length));
  });

  it("finds a value by its name in WIT, whatever name that has in JavaScript", () => {
    for (const name of ["max-items", "HTTP-status", "IP", "a-DNS-name", "v-2", "v-2x-y"]) {
      const policy = policyOf(
        `allow: [{ interface: acme:billing/ledger, args: [{ path: filter.${name}, equals: 5 }] }]`,
      );
      const args = { filter: { [camelCase(name)]: 5 } };
      assert.equal(verdict(policy, "acme:billing/ledger quote", undefined, args), "allow allow[0]", name);
    }
  });

  it("is taken as it is where a type is not known", () => {
    const interfaces = { i: { authority: "granted" as const } };
    const prepare = () => Promise.resolve({});
    const own = (functionTypes: Readonly<Record<string, string>>) =>
      contractsOf([{ name: "own:p", version: "1.0.0", interfaces, functionTypes, prepare }]);
    const policy = 'deny: [{ interface: "own:p/i", args: [{ path: x, max: -1 }] }]';
    assert.doesNotThrow(() => policyOf(policy, own({})));
    assert.doesNotThrow(() => policyOf(policy, own({ "own:p/i#f": "(a: u8) -> _", "own:p/i#g": "?" })));
    assert.doesNotThrow(() => policyOf(policy, own({ "own:p/i#f": "(x: s8) -> _" })));
    refuses(
      () => policyOf(policy, own({ "own:p/i#f": "(x: u8) -> _", "own:p/i#g": "() -> _" })),
      "POLICY_RULE_INEFFECTIVE",
    );
    const floats = (type: string, clause: string) => () =>
      policyOf(
        `deny: [{ interface: "own:p/i", args: [{ path: x, ${clause} }] }]`,
        own({ "own:p/i#f": `(x: ${type}) -> _` }),
      );
    for (const [type, clause] of [
      ["f32", "equals: 0.5"],
      ["f32", "max: 0.1"],
      ["f64", "equals: 0.1"],
      ["f64", "equals: 9007199254740992"],
      ["char", "equals: é"],
      ["char", "maxLength: 1"],
      ["option<option<u8>>", "max: 5"],
    ] as const) {
      if (type.startsWith("option")) {
        refuses(floats(type, clause), "POLICY_RULE_INEFFECTIVE", "x.tag, x.val");
      } else assert.doesNotThrow(floats(type, clause));
    }
    for (const [type, clause] of [
      ["f32", "equals: 0.1"],
      ["f32", `max: 1${"0".repeat(39)}`],
      ["f64", "equals: 9007199254740993"],
      ["char", "equals: ab"],
      ["char", "maxLength: 0"],
    ] as const)
      refuses(floats(type, clause), "POLICY_RULE_INEFFECTIVE");
  });
});

/** Argument rules that some call of a function with this parameter meets, written by the type alone. */
function samplesOf(path: string, type: ValueType): readonly string[] {
  const all = (...clauses: string[]) => clauses.map((clause) => `{ path: ${path}, ${clause} }`);
  const below = (name: string, of: ValueType | undefined) =>
    of === undefined ? [] : samplesOf(`${path}.${name}`, of);
  const bits = (signed: boolean, count: bigint) =>
    signed
      ? all(`min: ${-(2n ** (count - 1n))}`, `equals: -1`, `max: ${2n ** (count - 1n) - 1n}`)
      : all("min: 0", "oneOf: [0, 1]", `equals: ${2n ** count - 1n}`, `max: ${2n ** count - 1n}`);
  switch (type.kind) {
    case "bool":
      return all("equals: true", "oneOf: [true, false]");
    case "s8":
    case "s16":
    case "s32":
    case "s64":
      return bits(true, BigInt(type.kind.slice(1)));
    case "u8":
    case "u16":
    case "u32":
    case "u64":
      return bits(false, BigInt(type.kind.slice(1)));
    case "f32":
    case "f64":
      return all("equals: 0.5", "max: 1000");
    case "char":
      return all("equals: a");
    case "string":
      return all("equals: a", 'oneOf: ["5", ""]', "prefix: a", "maxLength: 0");
    case "enum":
      return all(
        `oneOf: [${type.cases.map((name) => `"${name}"`).join()}]`,
        ...type.cases.map((name) => `prefix: "${name}"`),
      );
    case "list":
      return all("maxLength: 0");
    case "tuple":
      return all(`maxLength: ${type.items.length}`);
    case "option":
      return samplesOf(path, type.type);
    case "record":
      return type.fields.flatMap((field) => below(field.name, field.type));
    case "flags":
      return type.names.flatMap((name) => below(name, { kind: "bool" }));
    case "variant":
      return [
        ...below("tag", { kind: "enum", cases: type.cases.map(({ name }) => name) }),
        ...type.cases.flatMap((one) => below("val", one.type)),
      ];
    case "result":
      return [...below("tag", { kind: "enum", cases: ["ok", "err"] }), ...below("val", type.ok)];
    case "own":
    case "borrow":
      return [];
  }
}
