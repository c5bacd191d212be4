import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { contractsOf } from "../../runtime/index.js";
import type { PolicyContracts } from "../../runtime/policy/index.js";
import { contracts, envKind, policyOf, refuses, verdict } from "./fixture.js";

describe("a rule", () => {
  it("that names an interface nobody implements is refused, with those that exist", () => {
    refuses(
      () => policyOf("allow:\n  - interface: wasi:cli/enviroment\n    env: []"),
      "POLICY_INTERFACE_UNKNOWN",
      "policy.yaml:5:5",
      'did you mean "wasi:cli/environment"',
      "wasi:cli/exit",
    );
    refuses(
      () => policyOf('deny: [{ interface: "wasi:sockets/*" }]'),
      "POLICY_INTERFACE_UNKNOWN",
      "wasi:cli/…",
    );
    refuses(() => policyOf('deny: [{ interface: "*" }]'), "POLICY_INTERFACE_UNKNOWN");
    refuses(() => policyOf('deny: [{ interface: "wasi:*/exit" }]'), "POLICY_INTERFACE_UNKNOWN");
    refuses(() => policyOf("deny: [{ interface: $world }]"), "POLICY_INTERFACE_UNKNOWN");
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      refuses(() => policyOf(`allow: [{ interface: ${name} }]`), "POLICY_INTERFACE_UNKNOWN");
    }
  });

  it("that names a version is told to leave it out", () => {
    refuses(
      () => policyOf('allow: [{ interface: "wasi:cli/exit@0.2.0" }]'),
      "POLICY_INTERFACE_UNKNOWN",
      'write "wasi:cli/exit"',
    );
  });

  it("that names a function nobody has is refused, with the one that was meant", () => {
    const known = contractsOf(hostPackages);
    const rule = (effect: string, from: string, name: string) =>
      policyOf(`${effect}: [{ interface: "${from}", functions: ["${name}"] }]`, known);
    for (const [from, name, hint] of [
      ["wasi:filesystem/types", "open-at", '"[method]descriptor.open-at"'],
      ["wasi:filesystem/types", "[method]descriptor.openat", '"[method]descriptor.open-at"'],
      ["wasi:keyvalue/*", "gett", '"[method]bucket.get"'],
      ["wasi:filesystem/*", "[method]bucket.get", "wasi:filesystem/* does not have"],
    ] as const)
      refuses(() => rule("deny", from, name), "POLICY_FUNCTION_UNKNOWN", "policy.yaml:4:", name, hint);
    refuses(
      () => policyOf("allow: [{ interface: wasi:logging/logging, functions: [lgo] }]", known),
      "POLICY_FUNCTION_UNKNOWN",
      "can name: log.",
    );
    rule("deny", "wasi:keyvalue/*", "increment");
    rule("deny", "wasi:filesystem/types", "[method]descriptor.open-at");
  });

  it("must say what it grants of an interface that has constraints", () => {
    refuses(
      () => policyOf("allow:\n  - interface: wasi:cli/environment"),
      "POLICY_GRANT_MISSING",
      "policy.yaml:5:5",
      'the key "env" is missing',
    );
    refuses(
      () => policyOf("allow: [{ interface: wasi:cli/environment, env: }]"),
      "POLICY_VALUE_INVALID",
      "env",
    );
  });

  it("may not carry a constraint of another interface", () => {
    refuses(
      () => policyOf("allow:\n  - interface: wasi:cli/environment\n    env: []\n    fs: []"),
      "POLICY_GRANT_MISPLACED",
      "policy.yaml:7:5",
      'carries "env"',
    );
    refuses(() => policyOf("allow: [{ interface: wasi:cli/exit, env: [A] }]"), "POLICY_GRANT_MISPLACED");
    refuses(() => policyOf("deny: [{ interface: wasi:cli/exit, env: [A] }]"), "POLICY_GRANT_MISPLACED");
  });

  it("has its grants checked by the kind's own schema, with the line", () => {
    refuses(
      () =>
        policyOf(
          "allow:\n  - interface: wasi:filesystem/types\n    fs:\n      - { prefix: /in, rights: [raed] }",
        ),
      "POLICY_VALUE_INVALID",
      "policy.yaml:7:33",
      "allow[0].fs[0].rights[0]",
    );
    refuses(
      () => policyOf("allow: [{ interface: wasi:cli/environment, env: [[A]] }]"),
      "POLICY_VALUE_INVALID",
    );
    refuses(() => policyOf("allow: [{ interface: wasi:filesystem/types, fs: [{}] }]"), "POLICY_KEY_MISSING");
  });

  it("may carry a single grant without a list", () => {
    const policy = policyOf("allow: [{ interface: wasi:cli/environment, env: A }]");
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "A" }), "allow allow[0]");
  });

  it("with an empty list lets through only calls that touch nothing of what the list is about", () => {
    const policy = policyOf("allow: [{ interface: wasi:cli/environment, env: [] }]");
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "A" }), "deny - deny");
    assert.equal(verdict(policy, "wasi:cli/environment get"), "allow allow[0]");
  });

  it("that denies with an empty list or a rate is refused: it would deny nothing", () => {
    refuses(
      () => policyOf("deny:\n  - interface: wasi:cli/environment\n    env: []"),
      "POLICY_RULE_INEFFECTIVE",
      "6:5",
    );
    refuses(() => policyOf("deny: [{ interface: wasi:cli/exit, functions: [] }]"), "POLICY_RULE_INEFFECTIVE");
    refuses(
      () => policyOf("deny: [{ interface: wasi:cli/exit, rate: { perSecond: 1, burst: 1 } }]"),
      "POLICY_RULE_INEFFECTIVE",
    );
  });

  it("that would narrow an open interface by allowing a part of it is refused", () => {
    refuses(
      () => policyOf("allow: [{ interface: wasi:io/streams, functions: [poll] }]"),
      "POLICY_RULE_INEFFECTIVE",
    );
    refuses(
      () => policyOf("allow: [{ interface: wasi:io/streams, args: [{ path: a, max: 1 }] }]"),
      "POLICY_RULE_INEFFECTIVE",
      "deny rule",
    );
    assert.equal(
      verdict(policyOf("allow: [{ interface: wasi:io/streams }]"), "wasi:io/streams read"),
      "allow allow[0]",
    );
  });

  it("has no right that none of the functions it names asks for", () => {
    const known = contractsOf(hostPackages);
    const fs = (effect: string, functions: readonly string[], rights: string) =>
      policyOf(
        `${effect}:\n  - interface: wasi:filesystem/types\n` +
          `    functions: [${functions.map((name) => `"[method]descriptor.${name}"`).join(", ")}]\n` +
          `    fs: [{ root: data, prefix: /in, rights: [${rights}] }]`,
        known,
      );
    for (const [effect, functions, list, unmet] of [
      ["allow", ["write", "set-size"], "read", "read"],
      ["deny", ["write", "set-size"], "read", "read"],
      ["deny", ["write"], "write, stat", "stat"],
      ["deny", ["stat"], "read", "read"],
      ["deny", ["open-at"], "list", "list"],
      ["allow", ["unlink-file-at"], "delete, create", "create"],
    ] as const)
      refuses(
        () => fs(effect, functions, list),
        "POLICY_RULE_INEFFECTIVE",
        `policy.yaml:7:${46 + list.indexOf(unmet)} ${effect}[0]`,
        `"${unmet}" under "rights" can match no call of the functions`,
      );
    refuses(() => fs("deny", ["get-type"], "stat"), "POLICY_RULE_INEFFECTIVE", "touch nothing");
    for (const effect of ["allow", "deny"]) {
      for (const [functions, list] of [
        [["write"], "stat, read, list, write, create, delete"],
        [["write", "read"], "read, write"],
        [["rename-at"], "list"],
        [["open-at"], "stat"],
        [["unlink-file-at"], "stat, delete"],
      ] as const)
        assert.doesNotThrow(() => fs(effect, functions, list));
    }
    // Every right lets a guest see what it is about.
    assert.doesNotThrow(() => fs("allow", ["stat", "open-at"], "read, list"));
  });

  it("denies no port, protocol or address of the lookup of a name, which has none", () => {
    const known = contractsOf(hostPackages);
    const lookup = (effect: string, more: string, of = "ip-name-lookup") =>
      policyOf(`${effect}: [{ interface: "wasi:sockets/${of}", net: [{ ${more} }] }]`, known);
    for (const [more, unmet] of [
      ["hosts: [a.example], ports: [53]", '"53" under "ports"'],
      ["hosts: [a.example], protocols: [udp]", '"udp" under "protocols"'],
      ["addresses: [loopback]", '"loopback" under "addresses"'],
    ] as const) {
      refuses(() => lookup("deny", more), "POLICY_RULE_INEFFECTIVE", "policy.yaml:4:", unmet, "Remove");
      assert.doesNotThrow(() => lookup("deny", more, "*"));
    }
    const any = lookup("deny", "hosts: [a.example], protocols: [tcp, udp]");
    const facts = { direction: "resolve", host: "a.example" };
    assert.equal(verdict(any, "wasi:sockets/ip-name-lookup resolve-addresses", facts), "deny deny[0] deny");
    assert.doesNotThrow(() =>
      lookup("allow", "hosts: [a.example], ports: [53], protocols: [udp], direction: [connect]"),
    );
  });

  it("has no word that none of its calls can meet, unless it has all that there are", () => {
    const known = contractsOf(hostPackages);
    const net = (effect: string, of: string, list: string, functions = "") =>
      policyOf(
        `${effect}:\n  - interface: "wasi:sockets/${of}"${functions === "" ? "" : `\n    functions: [${functions}]`}\n` +
          `    net: [{ addresses: [loopback], ports: [53], ${list} }]`,
        known,
      );
    const bind = '"[method]udp-socket.start-bind"';
    for (const effect of ["allow", "deny"]) {
      for (const [of, list, functions, at, word] of [
        ["udp", "protocols: [tcp], direction: [connect]", "", "6:61", '"tcp" under "protocols"'],
        ["tcp", "protocols: [udp], direction: [connect]", "", "6:61", '"udp" under "protocols"'],
        ["udp", "protocols: [udp], direction: [connect, listen]", "", "6:88", '"listen" under "direction"'],
        ["udp", "protocols: [udp], direction: [connect]", bind, "7:79", '"connect" under "direction"'],
        ["*", "protocols: [udp], direction: [listen]", bind, "7:79", '"listen" under "direction"'],
      ] as const)
        refuses(
          () => net(effect, of, list, functions),
          "POLICY_RULE_INEFFECTIVE",
          `policy.yaml:${at} ${effect}[0] can never be enforced: ${word} can match no call`,
        );
      for (const [of, list] of [
        ["udp", "protocols: [udp], direction: [connect, bind]"],
        ["tcp", "protocols: [tcp, udp], direction: [connect, bind, listen]"],
        ["*", "protocols: [udp], direction: [listen]"],
      ] as const)
        assert.doesNotThrow(() => net(effect, of, list));
    }
    const bound = net.bind(null, "allow", "ip-name-lookup", "protocols: [tcp], direction: [bind]");
    refuses(bound, "POLICY_RULE_INEFFECTIVE", "policy.yaml:6:79", '"bind" under "direction"');
    refuses(
      () => net("deny", "tcp", "protocols: [tcp]", '"[method]tcp-socket.accept"'),
      "POLICY_RULE_INEFFECTIVE",
      "touch nothing",
    );
    assert.doesNotThrow(() =>
      net("allow", "tcp", "protocols: [tcp], direction: [connect]", '"[method]tcp-socket.accept"'),
    );
    const keys = (of: string, access: string) =>
      policyOf(
        `deny: [{ interface: "wasi:keyvalue/${of}", keyvalue: [{ bucket: b, access: [${access}] }] }]`,
        known,
      );
    refuses(() => keys("batch", "read, list"), "POLICY_RULE_INEFFECTIVE", '"list" under "access"');
    refuses(() => keys("atomics", "delete"), "POLICY_RULE_INEFFECTIVE", '"delete" under "access"');
    assert.doesNotThrow(() => keys("batch", "read, write, delete, list"));
    assert.doesNotThrow(() => keys("*", "list"));
  });

  it("has an id of its own", () => {
    refuses(
      () =>
        policyOf(
          "allow:\n  - { id: a, interface: wasi:cli/exit }\ndeny:\n  - { id: a, interface: wasi:cli/exit }",
        ),
      "POLICY_RULE_DUPLICATE",
      "policy.yaml:7:5 ",
      "line 5",
    );
  });

  it("that allows a whole package must carry every constraint that is needed in it, and no other", () => {
    refuses(
      () => policyOf('allow: [{ interface: "wasi:cli/*" }]'),
      "POLICY_GRANT_MISSING",
      "wasi:cli/environment",
    );
    refuses(
      () => policyOf('allow: [{ interface: "wasi:cli/*", env: [A], fs: [] }]'),
      "POLICY_GRANT_MISPLACED",
    );
    const policy = policyOf('allow: [{ interface: "wasi:cli/*", env: [A] }]');
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "A" }), "allow allow[0]");
    assert.equal(verdict(policy, "wasi:cli/environment get", { key: "B" }), "deny - deny");
    assert.equal(verdict(policy, "wasi:cli/exit exit"), "allow allow[0]");
    assert.equal(verdict(policy, "acme:billing/ledger quote"), "deny - deny");
  });

  it("that allows a package without constraints needs none", () => {
    const policy = policyOf('allow: [{ interface: "acme:billing/*" }]');
    assert.equal(verdict(policy, "acme:billing/audit read"), "allow allow[0]");
  });

  it("that denies a package with a constraint leaves the interfaces alone that lack it; without one it denies all", () => {
    const some = policyOf('deny: [{ interface: "wasi:cli/*", env: [A] }]');
    assert.equal(verdict(some, "wasi:cli/environment get", { key: "A" }), "deny deny[0] deny");
    assert.equal(verdict(some, "wasi:cli/terminal-input x"), "allow -");
    const all = policyOf('deny: [{ interface: "wasi:cli/*" }]');
    assert.equal(verdict(all, "wasi:cli/terminal-input x"), "deny deny[0] deny");
    assert.equal(verdict(all, "wasi:cli/environment get", { key: "A" }), "deny deny[0] deny");
    assert.equal(verdict(all, "wasi:io/streams read"), "allow -");
  });
});

describe("contracts that contradict each other", () => {
  it("are a fault of the host and stop every policy", () => {
    const twice: PolicyContracts = new Map([
      ...contracts,
      ["x:y/z", { authority: "granted", grant: { ...envKind } }],
    ]);
    assert.throws(() => policyOf("", twice), TypeError);
    const taken: PolicyContracts = new Map([
      ["x:y/z", { authority: "granted", grant: { ...envKind, key: "args" } }],
    ]);
    assert.throws(() => policyOf("allow: []", taken), TypeError);
  });
});
