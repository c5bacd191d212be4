import assert from "node:assert/strict";
import { test } from "vitest";
import { z } from "zod";
import * as fc from "fast-check";
import { httpGrant, type HttpGrant } from "../../../host-interfaces/http/index.js";
import { netGrant } from "../../../host-interfaces/sockets/index.js";
import type { Facts } from "../../../runtime/policy/types.js";

const good = { methods: ["GET"], scheme: "https", hosts: ["api.example.com"], paths: ["/v1/"] };

test("an allowance that leaves out whom, how or where is refused; a denial may", () => {
  assert.equal(httpGrant.schema(z).safeParse(good).success, true);
  for (const key of Object.keys(good)) {
    const { [key as keyof typeof good]: _, ...rest } = good;
    assert.equal(httpGrant.schema(z).safeParse(rest).success, false, key);
    assert.equal(httpGrant.denySchema?.(z).safeParse(rest).success, true, key);
  }
});

test("unknown keys, patterns that are none, and empty lists are refused", () => {
  for (const bad of [
    { ...good, host: "x" },
    { ...good, methods: [] },
    { ...good, methods: ["get"] },
    { ...good, methods: ["CONNECT"] },
    { ...good, methods: ["*"] },
    { ...good, scheme: "ftp" },
    { ...good, hosts: ["https://api.example.com"] },
    { ...good, hosts: ["a*.example.com"] },
    { ...good, hosts: ["user@api.example.com"] },
    { ...good, ports: [0] },
    { ...good, ports: ["443"] },
    { ...good, paths: ["v1"] },
    { ...good, addresses: ["everything"] },
    { ...good, addresses: ["10.0.0.1/8"] },
  ]) {
    assert.equal(httpGrant.schema(z).safeParse(bad).success, false, JSON.stringify(bad));
    assert.equal(httpGrant.denySchema?.(z).safeParse(bad).success, false, JSON.stringify(bad));
  }
});

test("without ports, an allowance is for the scheme's own", () => {
  const find = httpGrant.compile([{ grant: { ...good, scheme: ["http", "https"] }, order: 0 }], "allow");
  const facts = { method: "GET", host: "api.example.com", path: "/v1/x" };
  assert.equal(find({ ...facts, scheme: "https", port: 443 }), 0);
  assert.equal(find({ ...facts, scheme: "http", port: 80 }), 0);
  assert.equal(find({ ...facts, scheme: "https", port: 80 }), -1);
  assert.equal(find({ ...facts, scheme: "https", port: 8443 }), -1);
});

test("what is suggested for some facts is accepted and covers them", () => {
  const site = { interface: "wasi:http/outgoing-handler", function: "handle" };
  const facts = {
    method: "GET",
    scheme: "http",
    host: "api.example.com",
    port: 8080,
    path: "/a",
    address: "10.0.0.7",
    addressClass: "private",
  };
  assert.equal(
    httpGrant.suggest(site, facts),
    'http: { methods: ["GET"], scheme: http, hosts: ["api.example.com"], ports: [8080], paths: ["/a"], addresses: ["10.0.0.7"] }',
  );
  const grant = {
    methods: ["GET"],
    scheme: "http",
    hosts: ["api.example.com"],
    ports: [8080],
    paths: ["/a"],
    addresses: ["10.0.0.7"],
  };
  const parsed = httpGrant.schema(z).parse(grant);
  assert.equal(httpGrant.compile([{ grant: parsed, order: 0 }], "allow")(facts), 0);
});

const hosts = ["a.test", "b.a.test", "c.test", "10.0.0.1"];
const paths = ["/", "/v1", "/v1/x", "/v2"];
const subset = <T>(items: readonly T[]) => fc.subarray([...items], { minLength: 1 });
const anyGrant = fc.record({
  methods: subset(["GET", "POST"]),
  scheme: subset(["http", "https"] as const),
  hosts: subset(["a.test", "*.test", "*", "*.a.test", "10.0.0.1"]),
  ports: subset([80, 443]),
  paths: subset(paths),
});
const anyFacts = fc.record({
  method: fc.constantFrom("GET", "POST"),
  scheme: fc.constantFrom("http", "https"),
  host: fc.constantFrom(...hosts),
  port: fc.constantFrom(80, 443),
  path: fc.constantFrom(...paths),
});

/** The meaning of a grant, spelled out one by one: what the index has to agree with. */
function covers(grant: HttpGrant, facts: Facts): boolean {
  const { method, scheme, host, port, path } = facts as Record<
    "method" | "scheme" | "host" | "path",
    string
  > & { port: number };
  return (
    (grant.methods ?? []).includes(method) &&
    [grant.scheme].flat().includes(scheme as "http") &&
    (grant.ports ?? []).includes(port) &&
    (grant.hosts ?? []).some((pattern) =>
      pattern === "*"
        ? /[a-z]/.test(host)
        : pattern.startsWith("*.")
          ? host.endsWith(pattern.slice(1))
          : host === pattern,
    ) &&
    (grant.paths ?? []).some((prefix) => prefix === "/" || path === prefix || path.startsWith(`${prefix}/`))
  );
}

test("the index answers what reading the grants one by one would", () => {
  fc.assert(
    fc.property(fc.array(anyGrant, { maxLength: 6 }), anyFacts, (grants, facts) => {
      const find = httpGrant.compile(
        grants.map((grant, order) => ({ grant, order })),
        "allow",
      );
      assert.equal(
        find(facts),
        grants.findIndex((grant) => covers(grant, facts)),
      );
    }),
  );
});

const anAllowance = { methods: ["GET"], scheme: "http", paths: ["/"] };

test("a grant of sockets names hosts or addresses", () => {
  const rest = { ports: [53], protocols: ["udp"], direction: ["connect"] };
  assert.equal(netGrant.schema(z).safeParse({ ...rest, hosts: ["dns.example"] }).success, true);
  assert.equal(netGrant.schema(z).safeParse({ ...rest, addresses: ["192.0.2.0/24"] }).success, true);
  assert.equal(netGrant.schema(z).safeParse(rest).success, false);
  assert.equal(netGrant.denySchema?.(z).safeParse(rest).success, true);
  for (const bad of [
    { ...rest, hosts: [] },
    { ...rest, hosts: ["a:53"] },
    { ...rest, hosts: ["a"], protocols: ["icmp"] },
    { ...rest, hosts: ["a"], port: 53 },
  ]) {
    assert.equal(netGrant.schema(z).safeParse(bad).success, false, JSON.stringify(bad));
  }
});

test("a denial names addresses under addresses, where names that lead there are covered", () => {
  const denials = [httpGrant.denySchema?.(z), netGrant.denySchema?.(z)];
  for (const schema of denials) {
    for (const address of ["127.0.0.1", "[::1]", "::1", "2001:db8::1"]) {
      const refused = schema?.safeParse({ hosts: ["a.example", address] });
      assert.match(refused?.error?.issues[0]?.message ?? "", /write it under addresses/, address);
      assert.deepEqual(refused?.error?.issues[0]?.path, ["hosts", 1]);
      assert.equal(schema?.safeParse({ addresses: [address.replace(/[[\]]/g, "")] }).success, true, address);
    }
    assert.equal(schema?.safeParse({ hosts: ["a.example", "*.example", "*"] }).success, true);
  }
  assert.equal(httpGrant.schema(z).safeParse({ ...anAllowance, hosts: ["127.0.0.1"] }).success, true);
  const find = httpGrant.compile([{ grant: { addresses: ["127.0.0.1"] }, order: 0 }], "deny");
  const facts = { method: "GET", scheme: "http", port: 80, path: "/" };
  for (const host of ["127.0.0.1", "rebound.example"])
    assert.equal(find({ ...facts, host, address: "127.0.0.1", addressClass: "loopback" }), 0, host);
});

test("takes no path prefix that no path is ever compared with, and says how to write it", () => {
  const prefixes: readonly (readonly [string, RegExp])[] = [
    ["/in?x=1", /without query/],
    ["/in#top", /without query and fragment/],
    ["/p%41", /decoded/],
    ["/a%2fb", /decoded/],
    ["/a/../b", /without '\.'/],
    ["/a//b", /'\/\/'/],
    ["/a\\b", /write it without/],
    ["/a/..;x/b", /write it without/],
    ["in", /begins with a slash/],
    ["/admin/*", /without the \*/],
    ["/admin*", /without the \*/],
    ["/*/x", /without the \*/],
  ];
  for (const [prefix, reason] of prefixes) {
    for (const effect of ["schema", "denySchema"] as const) {
      const result = httpGrant[effect]?.(z).safeParse({
        methods: ["GET"],
        scheme: "https",
        hosts: ["a.example"],
        paths: [prefix],
      });
      assert.equal(result?.success, false, prefix);
      assert.match(result?.error?.issues[0]?.message ?? "", reason, prefix);
    }
  }
  for (const prefix of ["/", "/v1/", "/100%", "/a b", "/é"])
    assert.equal(httpGrant.denySchema?.(z).safeParse({ paths: [prefix] }).success, true, prefix);
});
