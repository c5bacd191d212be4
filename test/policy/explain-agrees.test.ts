import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { readArgument, readFact } from "../../cli/verbs/call-values.js";
import { contracts } from "../../cli/imports-report.js";
import {
  type CallSite,
  type CompiledPolicy,
  type Facts,
  loadPolicy,
  type PolicyContracts,
} from "../../runtime/policy/index.js";
import { canMeet } from "./fixture.js";

/*
 * What `wrun policy explain` says of a call is what the gate does with it: the rules looked at one by one, from words on a
 * command line, against the compiled tables and the values that a guest passes.
 */

type Values = Readonly<Record<string, unknown>>;

/** An interface whose functions have no types that are known, so that a rule may ask for any value of any argument. */
const untyped = "acme:billing/ledger";
const known: PolicyContracts = new Map([...contracts(), [untyped, { authority: "granted" }]]);
const severities = ["deny", "trap", "quarantine"];

/** JSON with integers of any size. */
function written(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? plain(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(written).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)}:${written(one)}`)
    .join(",")}}`;
}

/** A float beyond 2^53 in all its digits: the shortest text that reads as it is that of another integer. */
function plain(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : String(value);
}

function compile(allow: readonly Values[], deny: readonly Values[]): CompiledPolicy {
  const head = { apiVersion: "wrun/v1", kind: "Policy", metadata: { name: "x" } };
  return loadPolicy(Buffer.from(written({ ...head, allow, deny })), "policy.json", known);
}

/** Holds the gate against the explanation; what it came to is for the test to see that it was about something. */
function agree(policy: CompiledPolicy, site: CallSite, facts: Facts | undefined, args?: Values): string {
  const { verdict, rule } = policy.decide(site, facts, args);
  const { factTypes: types, factNames = [] } = known.get(site.interface)?.grant ?? {};
  assert.deepEqual(
    Object.keys(facts ?? {}).filter((name) => !factNames.includes(name)),
    [],
  );
  const told = (value: unknown): string => (typeof value === "string" ? value : written(value));
  const readFacts =
    facts &&
    Object.fromEntries(
      Object.entries(facts).map(([name, value]) => [name, readFact(name, told(value), types)]),
    );
  const readArgs =
    args &&
    Object.fromEntries(Object.entries(args).map(([name, value]) => [name, readArgument(written(value))]));
  const { decision, rules } = policy.explain(site, readFacts, readArgs);
  assert.deepEqual({ verdict: decision.verdict, rule: decision.rule }, { verdict, rule });

  const matched = rules.filter((one) => one.matched);
  const denials = matched.filter(({ effect }) => effect === "deny").map((one) => one.rule);
  const denial = policy.manifest.deny
    .filter(({ id }) => denials.includes(id))
    .toSorted((a, b) => severity(b.onViolation) - severity(a.onViolation))[0];
  const allowed = matched.find(({ effect }) => effect === "allow");
  const expected =
    denial !== undefined
      ? { verdict: "deny", rule: denial.id }
      : allowed !== undefined
        ? { verdict: "allow", rule: allowed.rule }
        : { verdict: "deny", rule: null };
  assert.deepEqual({ verdict, rule }, expected, rules.map(({ why }) => why).join("; "));
  return `${verdict} ${rule === null ? "by no rule" : "by a rule"}`;
}

function severity(onViolation: string | undefined): number {
  return severities.indexOf(onViolation ?? "deny");
}

interface Kind {
  readonly interface: string;
  /** What rules name, where that is more than the interface: so that each word of a grant can meet a call. */
  readonly named?: string;
  readonly key: string;
  readonly grant: fc.Arbitrary<unknown>;
  readonly facts: fc.Arbitrary<Facts>;
}

const some = <Item>(...items: Item[]) => fc.subarray(items, { minLength: 1 });
const one = fc.constantFrom;
/** Texts that read as something else in JSON, as keys and names of a guest may. */
const words = one("a", "a/b", "5", "true", "null", "1e3", '"a"', "{}", "__proto__", "9007199254740993");
const patterns = one("a", "a*", "5", "5*", "true", "null", "1e3", "*", "9007199254740993");
const paths = one("/", "/a", "/a/5", "/5", "/true", "/a/b/c");
const addresses = one("127.0.0.1", "10.0.0.1", "169.254.169.254", "93.184.216.34", "2606:4700::1");
const classes = one("loopback", "private", "link-local", "metadata", "public");
const hosts = one("a.example", "b.example", "x.a.example", "5.example");
const hostPatterns = one("a.example", "*.a.example", "*", "5.example");
const rights = ["stat", "read", "list", "write", "create", "delete"] as const;
const access = ["read", "write", "delete", "list"] as const;

const kinds: readonly Kind[] = [
  {
    interface: "wasi:filesystem/types",
    key: "fs",
    grant: fc.record({ root: one("data", "5"), prefix: paths, rights: some(...rights) }),
    facts: fc.oneof(
      fc.record(
        { root: one("data", "5"), path: paths, right: one(...rights), tree: one(true) },
        { requiredKeys: ["root", "path", "right"] },
      ),
      fc.record({ root: one("data", "5"), path: words, right: one(...rights), outside: one(true) }),
      fc.record({ root: one("data", "5"), preopen: one(true) }),
    ),
  },
  {
    interface: "wasi:keyvalue/store",
    key: "keyvalue",
    grant: fc.record(
      { bucket: words, keys: fc.array(patterns, { minLength: 1, maxLength: 2 }), access: some(...access) },
      { requiredKeys: ["bucket", "access"] },
    ),
    facts: fc.record(
      { bucket: words, key: words, access: one(...access, "open") },
      { requiredKeys: ["bucket", "access"] },
    ),
  },
  {
    interface: "wasi:http/outgoing-handler",
    key: "http",
    grant: fc.record(
      {
        methods: some("GET", "POST"),
        scheme: some("http", "https"),
        hosts: fc.array(hostPatterns, { minLength: 1, maxLength: 2 }),
        paths: fc.array(paths, { minLength: 1, maxLength: 2 }),
        ports: some(80, 443, 8080),
        addresses: fc.array(classes, { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ["methods", "scheme", "hosts", "paths"] },
    ),
    facts: fc.record(
      {
        method: one("GET", "POST"),
        scheme: one("http", "https"),
        host: fc.oneof(hosts, addresses),
        port: one(80, 443, 8080),
        path: paths,
        address: addresses,
        addressClass: classes,
      },
      { requiredKeys: ["method", "scheme"] },
    ),
  },
  {
    interface: "wasi:sockets/tcp",
    named: "wasi:sockets/*",
    key: "net",
    grant: fc.record(
      {
        hosts: fc.array(hostPatterns, { minLength: 1, maxLength: 2 }),
        addresses: fc.array(fc.oneof(classes, addresses), { minLength: 1, maxLength: 2 }),
        ports: some(80, 443),
        protocols: some("tcp", "udp"),
        direction: some("connect", "bind", "listen"),
      },
      { requiredKeys: ["addresses", "ports", "protocols", "direction"] },
    ),
    facts: fc.oneof(
      fc.record({
        protocol: one("tcp", "udp"),
        direction: one("connect", "bind", "listen"),
        address: addresses,
        addressClass: classes,
        port: one(80, 443),
        names: fc.array(hosts, { maxLength: 2 }),
      }),
      fc.record({ direction: one("resolve"), host: hosts }, { requiredKeys: ["direction"] }),
    ),
  },
  {
    interface: "wasi:config/store",
    key: "config",
    grant: patterns,
    facts: fc.oneof(fc.record({ key: words }), fc.record({ keys: one("listed") })),
  },
  { interface: "wasi:cli/environment", key: "env", grant: patterns, facts: fc.record({ key: words }) },
];

/** 64 bits either way, as integers and as floats, and what is no integer. */
const floats = [0, -0, 1, 5, 5.5, 0.1, -1, 2 ** 53, 2 ** 53 + 2, 2 ** 63, -(2 ** 63), 2 ** 64];
const integers = [2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n), -(2n ** 63n) + 1n];
const edges = [...floats, ...integers];
const numbers = fc.oneof(
  one<number | bigint>(...edges),
  fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n).map(asHost),
  // A policy writes a number without an exponent.
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
    .filter((value) => !/e/.test(String(value))),
);
const values = fc.oneof(numbers, one<unknown>(NaN, Infinity, -Infinity, true, "5", "9007199254740993", "x"));

/** As the gate has it: a 64-bit integer is a bigint to a guest, and any other number a number. */
function asHost(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const argumentRules = fc
  .array(
    fc.oneof(
      fc.record({ path: one("a", "b"), equals: fc.oneof(numbers, one("5", "9007199254740993")) }),
      fc.record({ path: one("a", "b"), oneOf: fc.array(numbers, { minLength: 1, maxLength: 3 }) }),
      fc.record({ path: one("a", "b"), max: numbers }),
      fc.record({ path: one("a", "b"), min: numbers }),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .filter(canMeet);

describe("the explanation of a decision", () => {
  for (const kind of kinds) {
    it(`agrees with the gate on facts of the kind ${kind.key}`, () => {
      const seen = new Set<string>();
      const grants = fc.array(kind.grant, { minLength: 1, maxLength: 2 });
      const rule = fc.record({ interface: one(kind.named ?? kind.interface), [kind.key]: grants });
      const denial = fc.record({
        interface: one(kind.named ?? kind.interface),
        [kind.key]: grants,
        onViolation: one(...severities),
      });
      fc.assert(
        fc.property(
          fc.array(rule, { maxLength: 3 }),
          fc.array(denial, { maxLength: 2 }),
          fc.array(fc.option(kind.facts, { nil: undefined }), { minLength: 1, maxLength: 10 }),
          (allow, deny, list) => {
            const policy = compile(allow, deny);
            for (const facts of list)
              seen.add(agree(policy, { interface: kind.interface, function: "any" }, facts));
          },
        ),
        { numRuns: 300 },
      );
      assert.deepEqual(seen.size, 3, [...seen].join());
    });
  }

  it("agrees with the gate on arguments of every 64-bit value", () => {
    const seen = new Set<string>();
    const rule = fc.record({ interface: one(untyped), args: argumentRules });
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 4 }),
        fc.array(rule, { maxLength: 2 }),
        fc.array(fc.record({ a: values, b: values }, { requiredKeys: [] }), { minLength: 1, maxLength: 10 }),
        (allow, deny, list) => {
          const policy = compile(allow, deny);
          for (const args of list)
            seen.add(agree(policy, { interface: untyped, function: "log" }, undefined, args));
        },
      ),
      { numRuns: 500 },
    );
    assert.deepEqual(seen.size, 3, [...seen].join());
  });
});

describe("a number in an argument rule", () => {
  const site = { interface: untyped, function: "log" };
  const verdictOf = (clause: Values, value: unknown): string =>
    compile([{ interface: site.interface, args: [{ path: "a", ...clause }] }], []).decide(site, undefined, {
      a: value,
    }).verdict;
  /** Comparison by value, which JavaScript does exactly between numbers and bigints. */
  const isEqual = (left: number | bigint, right: number | bigint): boolean => left <= right && left >= right;

  it("is compared by its value, whether an integer or a float carries it", () => {
    const all = [...edges, 5n, 0n, 2n ** 53n, 2n ** 64n];
    for (const asked of edges) {
      for (const value of all) {
        const expected = isEqual(asked, value) ? "allow" : "deny";
        const what = `${written(asked)} and ${typeof value} ${String(value)}`;
        assert.equal(verdictOf({ equals: asked }, value), expected, what);
        assert.equal(verdictOf({ oneOf: [asked, "x"] }, value), expected, what);
        assert.equal(verdictOf({ min: asked, max: asked }, value), expected, what);
      }
    }
  });

  it("is met by no NaN, and a denial of a number is not evaded by one", () => {
    for (const clause of [{ equals: 5 }, { max: 5 }, { min: 5 }]) {
      assert.equal(verdictOf(clause, NaN), "deny");
      const policy = compile(
        [{ interface: site.interface }],
        [{ interface: site.interface, args: [{ path: "a", ...clause }] }],
      );
      assert.equal(policy.decide(site, undefined, { a: NaN }).verdict, "deny");
    }
  });

  it("is another one than a text that is written like it", () => {
    const text = { interface: site.interface, args: [{ path: "a", equals: "9007199254740993n" }] };
    const number = { interface: site.interface, args: [{ path: "a", equals: 9_007_199_254_740_993n }] };
    for (const rules of [
      [text, number],
      [number, text],
    ]) {
      const policy = compile(rules, []);
      const ruleOf = (a: unknown) => policy.decide(site, undefined, { a }).rule;
      assert.equal(ruleOf("9007199254740993n"), `allow[${rules.indexOf(text)}]`);
      assert.equal(ruleOf(9_007_199_254_740_993n), `allow[${rules.indexOf(number)}]`);
    }
  });
});
