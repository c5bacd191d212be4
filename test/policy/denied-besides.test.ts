import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { hostPackages } from "../../host-interfaces/index.js";
import { contractsOf } from "../../runtime/index.js";
import type { CompiledPolicy, Facts } from "../../runtime/policy/index.js";
import { policyOf } from "./fixture.js";

const known = contractsOf(hostPackages);
const store = "wasi:keyvalue/store";
const batch = "wasi:keyvalue/batch";
const atomics = "wasi:keyvalue/atomics";

/** A policy that allows everything of the key-value store but for this. */
function denying(deny: string): CompiledPolicy {
  const allow =
    '{ id: all, interface: "wasi:keyvalue/*", keyvalue: [{ bucket: b, access: [read, write, delete, list] }] }';
  return policyOf(`allow: [${allow}]\ndeny: [${deny}]`, known);
}

/** Whether the call is denied, by the gate and to whom asks; the two must agree. */
function isDenied(policy: CompiledPolicy, from: string, called: string, facts: Facts): boolean {
  const site = { interface: from, function: called };
  const { decision, rules } = policy.explain(site, facts);
  assert.equal(
    decision.verdict === "deny",
    rules.some(({ effect, matched }) => effect === "deny" && matched),
    `${from} ${called}`,
  );
  return decision.verdict === "deny";
}

/** Of the functions that touch one key, those that are denied with this access to it. */
function deniedOf(policy: CompiledPolicy, access: string, key = "k"): readonly string[] {
  return [store, batch, atomics].flatMap((name) =>
    Object.entries(known.get(name)?.words ?? {})
      .filter(([called, words]) => called !== "open" && words["access"]?.includes(access) === true)
      .map(([called]) => called)
      .filter((called) => isDenied(policy, name, called, { bucket: "b", access, key })),
  );
}

const readers = [
  "[method]bucket.get",
  "[method]bucket.exists",
  "get-many",
  "increment",
  "[static]cas.new",
  "[method]cas.current",
  "swap",
];

describe("a denial of a key", () => {
  it("holds through whichever interface names it", () => {
    for (const name of [store, batch, atomics]) {
      const policy = denying(
        `{ interface: "${name}", keyvalue: [{ bucket: b, keys: [k], access: [read, write, delete, list] }] }`,
      );
      assert.deepEqual(deniedOf(policy, "read"), readers, name);
      assert.deepEqual(deniedOf(policy, "write"), ["[method]bucket.set", "set-many", "increment", "swap"]);
      assert.deepEqual(deniedOf(policy, "delete"), ["[method]bucket.delete", "delete-many"]);
      for (const access of ["read", "write", "delete"])
        assert.deepEqual(deniedOf(policy, access, "other"), []);
    }
  });

  it("by a function holds for those that show or change as much, in every interface", () => {
    const by = (from: string, called: string, access: string) =>
      denying(
        `{ interface: "${from}", functions: ["${called}"], keyvalue: [{ bucket: b, keys: [k], access: [${access}] }] }`,
      );
    const withoutExists = readers.filter((name) => name !== "[method]bucket.exists");
    assert.deepEqual(deniedOf(by(store, "[method]bucket.get", "read"), "read"), withoutExists);
    assert.deepEqual(deniedOf(by(batch, "get-many", "read"), "read"), withoutExists);
    assert.deepEqual(deniedOf(by(store, "[method]bucket.exists", "read"), "read"), readers);
    assert.deepEqual(deniedOf(by(atomics, "increment", "write"), "write"), [
      "[method]bucket.set",
      "set-many",
      "increment",
      "swap",
    ]);
    assert.deepEqual(deniedOf(by(atomics, "increment", "read, write"), "read"), ["increment", "swap"]);
  });

  it("by an argument is about the function that has it, and without a constraint about the one that it names", () => {
    for (const rest of ["args: [{ path: key, equals: k }]", 'functions: ["[method]bucket.get"]']) {
      const policy = denying(`{ interface: "${store}", ${rest} }`);
      assert.equal(isDenied(policy, batch, "get-many", { bucket: "b", access: "read", key: "k" }), false);
    }
  });
});

describe("a denial of one function", () => {
  it("holds for the list of all configuration values", () => {
    const policy = policyOf(
      'allow: [{ interface: "wasi:config/store", config: ["*"] }]\n' +
        "deny: [{ interface: wasi:config/store, functions: [get], config: [secret] }]",
      known,
    );
    assert.equal(isDenied(policy, "wasi:config/store", "get-all", { key: "secret" }), true);
    assert.equal(isDenied(policy, "wasi:config/store", "get-all", { key: "region" }), false);
    assert.equal(isDenied(policy, "wasi:config/store", "get-all", { keys: "listed" }), false);
  });

  it("holds for a file's streams, and for a datagram that names its own receiver", () => {
    const files = policyOf(
      'allow: [{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /, rights: [read, write, stat] }] }]\n' +
        'deny: [{ interface: "wasi:filesystem/types", functions: ["[method]descriptor.read"], fs: [{ root: data, prefix: /x }] }]',
      known,
    );
    const place = { root: "data", path: "/x/y", right: "read" };
    const types = "wasi:filesystem/types";
    for (const name of ["read", "read-via-stream", "rename-at", "link-at", "symlink-at"])
      assert.equal(isDenied(files, types, `[method]descriptor.${name}`, place), true, name);
    for (const name of ["open-at", "stat-at"])
      assert.equal(isDenied(files, types, `[method]descriptor.${name}`, place), false, name);

    const net = policyOf(
      'allow: [{ interface: "wasi:sockets/udp", net: [{ addresses: [public], ports: [53], protocols: [udp], direction: [connect] }] }]\n' +
        'deny: [{ interface: "wasi:sockets/udp", functions: ["[method]udp-socket.stream"], net: [{ addresses: [9.9.9.9] }] }]',
      known,
    );
    const to = (address: string): Facts => ({
      protocol: "udp",
      direction: "connect",
      address,
      addressClass: "public",
      port: 53,
      names: [],
    });
    const send = "[method]outgoing-datagram-stream.send";
    assert.equal(isDenied(net, "wasi:sockets/udp", send, to("9.9.9.9")), true);
    assert.equal(isDenied(net, "wasi:sockets/udp", send, to("8.8.8.8")), false);
  });
});
