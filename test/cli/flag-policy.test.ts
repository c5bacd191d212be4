import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { contracts } from "../../cli/imports-report.js";
import { type FlagGrants, flagPolicy } from "../../cli/run/flag-policy.js";
import { parseNetTarget } from "../../cli/run/net-target.js";
import { fileRoots } from "../../cli/run/roots.js";
import { type CompiledPolicy, type Facts, isWrunError, loadPolicy } from "../../runtime/index.js";

const nothing: FlagGrants = {
  name: "app.wasm",
  roots: [],
  env: [],
  config: [],
  buckets: undefined,
  net: [],
  timeout: undefined,
  maxMemory: undefined,
};

function compile(grants: Partial<FlagGrants>): CompiledPolicy {
  return loadPolicy(Buffer.from(flagPolicy({ ...nothing, ...grants })), "flags", contracts());
}

function allows(policy: CompiledPolicy, site: string, facts: Facts): boolean {
  const [from = "", called = ""] = site.split("#");
  return policy.decide({ interface: from, function: called }, facts).verdict === "allow";
}

const open = "wasi:filesystem/types#[method]descriptor.open-at";
const environment = "wasi:cli/environment#get-environment";
const handle = "wasi:http/outgoing-handler#handle";
const connect = "wasi:sockets/tcp#[method]tcp-socket.start-connect";
const request = (host: string, port = 443, more: Facts = {}): Facts => ({
  method: "GET",
  scheme: port === 80 ? "http" : "https",
  host,
  port,
  path: "/",
  ...more,
});

describe("the policy that flags amount to", () => {
  it("grants without any flag the standard streams, clocks, random numbers and logging, and nothing that can be touched", () => {
    const policy = compile({});
    assert.deepEqual(
      policy.manifest.allow.map(({ interface: name }) => name),
      [
        "wasi:cli/stdin",
        "wasi:cli/stdout",
        "wasi:cli/stderr",
        "wasi:cli/environment",
        "wasi:clocks/*",
        "wasi:random/*",
        "wasi:logging/logging",
        "wasi:filesystem/types",
      ],
    );
    assert.ok(!allows(policy, environment, { key: "PATH" }));
    for (const right of ["stat", "read", "list", "write", "create", "delete"]) {
      assert.ok(!allows(policy, open, { root: "data", path: "/a", right }), right);
    }
    assert.ok(!allows(policy, handle, request("example.com")));
  });

  it("grants exactly the keys that flags name, whatever their names are", () => {
    const key = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/[*=\0]/.test(text));
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 5 }), key, (keys, other) => {
        const policy = compile({ env: keys, config: keys });
        for (const one of keys) assert.ok(allows(policy, environment, { key: one }), one);
        fc.pre(!keys.includes(other));
        assert.ok(!allows(policy, environment, { key: other }));
      }),
      { numRuns: 100 },
    );
  });

  it("cannot be made to say more by what is in a value", () => {
    const injections = [
      "a]\nallow: []",
      "x: y",
      "&anchor",
      "*alias",
      "!tag",
      "# comment",
      '"',
      "'",
      "{",
      "- a",
    ];
    for (const text of injections) {
      const roots = [{ name: text, host: "/srv", guest: text }];
      const policy = compile({ roots, env: [text.replaceAll("*", "")], buckets: [text], name: text });
      assert.equal(policy.manifest.allow.length, 9, text);
      assert.ok(allows(policy, open, { root: text, path: "/a", right: "write" }), text);
      assert.ok(!allows(policy, open, { root: "other", path: "/a", right: "read" }), text);
    }
    assert.throws(
      () => compile({ env: ["\u2028"] }),
      { code: "CLI_FLAGS_REFUSED" },
      "what a reader could not see",
    );
  });

  it("reaches the hosts and ports that are named, and behind names only public addresses", () => {
    const net = ["api.example.com", "10.0.0.7:8080", "localhost:9000", "*.example.org:444"].map(
      parseNetTarget,
    );
    const policy = compile({ net });
    const at = (address: string, addressClass: string): Facts => ({ address, addressClass });
    const cases: readonly (readonly [boolean, Facts])[] = [
      [true, request("api.example.com")],
      [true, request("api.example.com", 80)],
      [false, request("api.example.com", 8443)],
      [false, request("example.com")],
      [false, request("evil-api.example.com")],
      [true, request("api.example.com", 443, at("93.184.216.34", "public"))],
      [false, request("api.example.com", 443, at("127.0.0.1", "loopback"))],
      [false, request("api.example.com", 443, at("169.254.169.254", "metadata"))],
      [true, request("10.0.0.7", 8080, at("10.0.0.7", "private"))],
      [false, request("10.0.0.8", 8080)],
      [true, request("localhost", 9000, at("127.0.0.1", "loopback"))],
      [false, request("127.0.0.1", 9000)],
      [true, request("a.example.org", 444)],
      [false, request("example.org", 444)],
    ];
    for (const [expected, facts] of cases)
      assert.equal(allows(policy, handle, facts), expected, JSON.stringify(facts));
    const endpoint = (
      address: string,
      addressClass: string,
      port: number,
      direction = "connect",
      protocol = "tcp",
    ) => ({
      protocol,
      direction,
      address,
      addressClass,
      port,
      names: [],
    });
    assert.ok(allows(policy, connect, endpoint("10.0.0.7", "private", 8080)));
    assert.ok(!allows(policy, connect, endpoint("10.0.0.7", "private", 8081)));
    assert.ok(!allows(policy, connect, endpoint("10.0.0.7", "private", 8080, "listen")));
    assert.ok(!allows(policy, connect, endpoint("10.0.0.7", "private", 8080, "connect", "udp")));
    assert.ok(
      !allows(policy, connect, endpoint("93.184.216.34", "public", 443)),
      "an address that no name led to",
    );
  });

  it("names the run after the component, in letters that a policy's name can have", () => {
    for (const [name, expected] of [
      ["app.wasm", "app"],
      ["a b/ü.wasm", "a-b--"],
      ["...", "component"],
      ["x".repeat(300), "x".repeat(64)],
    ] as const) {
      assert.equal(compile({ name }).manifest.metadata.name, expected);
    }
  });

  it("takes seconds or a duration, and a size", () => {
    const { limits } = compile({ timeout: "1.5", maxMemory: "64MiB" }).manifest;
    assert.deepEqual([limits.wallMs, limits.memory], [1500, 64 * 1024 ** 2]);
    assert.equal(compile({ timeout: "250ms" }).manifest.limits.wallMs, 250);
  });
});

describe("--dir", () => {
  it("names roots after what the guest sees", async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "wrun-roots-")));
    try {
      await mkdir(join(folder, "data"));
      const host = join(folder, "data");
      for (const [guest, name] of [
        ["/data", "data"],
        ["/a/b", "a/b"],
        ["/", "root"],
        ["data", "data"],
        ["./data", "data"],
      ] as const) {
        assert.deepEqual(
          fileRoots([`${host}::${guest}`]).map((root) => [root.host, root.name]),
          [[host, name]],
        );
      }
      const twice = [`${host}::/x`, `${host}::x`];
      assert.throws(() => fileRoots(twice), { code: "CLI_OPTION_INVALID" });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("--allow-net", () => {
  it("reads any text as a target or refuses it with a sentence, and never differently from the policy", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.domain(),
          fc.ipV4(),
          fc.ipV6().map((ip) => `[${ip}]`),
        ),
        (text) => {
          try {
            compile({ net: [parseNetTarget(text)] });
          } catch (error) {
            assert.ok(isWrunError(error) && error.code === "CLI_OPTION_INVALID", String(error));
          }
        },
      ),
      { numRuns: 200 },
    );
    assert.deepEqual(parseNetTarget("[::1]:80"), { host: "::1", isAddress: true, port: 80 });
    assert.deepEqual(parseNetTarget("0x7f.1:80"), { host: "127.0.0.1", isAddress: true, port: 80 });
    assert.deepEqual(parseNetTarget("EXAMPLE.com"), {
      host: "example.com",
      isAddress: false,
      port: undefined,
    });
  });
});
