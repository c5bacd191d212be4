import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isHostCall, type StoredRecord } from "wrun";
import { type Arena, fight, linkBeforehand, openArena } from "./harness.js";
import { scriptPolicy } from "./script-policy.js";

/* What is on record of a call: denied by policy, refused as malformed, or allowed and failed. A guest must not be able to make one
 * look like another, and neither must the host. */

interface Case {
  readonly what: string;
  readonly call: string;
  /** What the guest is told. */
  readonly error: RegExp;
  /** Verdict, and what became of the call. */
  readonly on: readonly [string, string];
}

const long = `"n".repeat(300)`;

const cases: readonly Case[] = [
  {
    what: "a path that no rule allows",
    call: `root.openAt({}, "private", {}, { read: true })`,
    error: /not-permitted/,
    on: ["deny", "denied"],
  },
  {
    what: "a path that a rule denies",
    call: `root.openAt({}, "in/key", {}, { read: true })`,
    error: /not-permitted/,
    on: ["deny", "denied"],
  },
  {
    what: "a path that is none, below what is denied",
    call: `root.openAt({}, "in/key/\\0", {}, { read: true })`,
    error: /not-permitted/,
    on: ["deny", "denied"],
  },
  {
    what: "a bucket that no rule allows",
    call: `store.open("other")`,
    error: /access-denied/,
    on: ["deny", "denied"],
  },
  {
    what: "a path that is none",
    call: `root.openAt({}, "in/a\\0b", {}, { read: true })`,
    error: /invalid/,
    on: ["malformed", "refused"],
  },
  {
    what: "a path that is too long to be read",
    call: `root.openAt({}, "in/" + "x/".repeat(3000), {}, { read: true })`,
    error: /name-too-long/,
    on: ["malformed", "refused"],
  },
  {
    what: "a file that is not there",
    call: `root.openAt({}, "in/nothing", {}, { read: true })`,
    error: /no-entry/,
    on: ["allow", "wit-error"],
  },
  {
    what: "a name that no file can have",
    call: `root.openAt({}, "in/" + ${long}, {}, { read: true })`,
    error: /name-too-long/,
    on: ["allow", "wit-error"],
  },
  {
    what: "a host name that does not resolve",
    call: `lookup.resolveAddresses(instanceNetwork(), "nowhere.invalid")`,
    error: /name-unresolvable/,
    on: ["allow", "wit-error"],
  },
  {
    what: "a request to a name that does not resolve",
    call: `request("nowhere.invalid", "/v1/")`,
    error: /DNS-error|destination-unavailable/i,
    on: ["allow", "wit-error"],
  },
  {
    what: "a request with an escape that is none",
    call: `request("api.example.com", "/v1/%zz")`,
    error: /invalid|URI/i,
    on: ["malformed", "refused"],
  },
  {
    what: "a request that a rule denies, with an escape that is none",
    call: `request("denied.example.com", "/v1/%zz")`,
    error: /denied/,
    on: ["deny", "denied"],
  },
];

const policy = scriptPolicy({
  allow: [
    '{ id: in, interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /in, rights: [stat, read] }] }',
    '{ id: api, interface: "wasi:http/outgoing-handler", http: { methods: [GET], scheme: http, hosts: [api.example.com, nowhere.invalid], paths: [/v1/] } }',
    '{ id: dns, interface: "wasi:sockets/*", net: { hosts: [nowhere.invalid], ports: [80], protocols: [tcp], direction: [connect] } }',
  ],
  deny: [
    '{ id: never-key, interface: "wasi:filesystem/types", fs: { root: data, prefix: /in/key } }',
    '{ id: never-host, interface: "wasi:http/outgoing-handler", http: { hosts: [denied.example.com] } }',
  ],
});

const helpers = `
  const [[root]] = getDirectories();
  const request = (authority, path) => {
    const made = new http.OutgoingRequest(new http.Fields());
    made.setScheme({ tag: "HTTP" });
    made.setAuthority(authority);
    made.setPathWithQuery(path);
    handler.handle(made, undefined);
  };`;

/** The last call that is not one of the guest's output. */
function lastCall(records: readonly StoredRecord[]): readonly [string, string] | undefined {
  const calls = records
    .filter(isHostCall)
    .filter(({ body }) => !/stream|stdout|stderr|arguments/.test(body.function));
  const last = calls.at(-1);
  if (last === undefined) return undefined;
  const later = records.find((record) => record.kind === "outcome" && record.body.intent === last.sequence);
  const outcome =
    last.kind === "call" ? last.body.outcome.kind : later?.kind === "outcome" && later.body.kind;
  return [last.body.decision.verdict, String(outcome)];
}

describe("what is on record of a call", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
    await linkBeforehand(arena, ["script"]);
    await mkdir(join(arena.data, "in"));
  });
  afterAll(() => arena.close());

  for (const { what, call, error, on } of cases) {
    it(`of ${what} is ${on.join(", ")}, and it is told and counted so`, async () => {
      const { report, output, events } = await fight(arena, "script", {
        policy,
        args: ["script", `${helpers} attempt("came", () => { ${call}; });`],
        roots: [{ name: "data", host: arena.data, guest: "/data" }],
        keyvalueFolder: arena.keyvalue,
      });
      assert.match(output, error);
      assert.deepEqual(lastCall([...arena.runtime.readRun(report.run)]), on, output);
      const denials = events.filter(({ type }) => type === "denied");
      const isDenied = on[0] === "deny";
      assert.deepEqual(
        [denials.length, report.calls?.denied],
        isDenied ? [1, 1] : [0, 0],
        JSON.stringify(denials),
      );
      assert.equal(report.calls?.malformed, on[0] === "malformed" ? 1 : 0);
      assert.equal(report.calls?.failed, on[1] === "wit-error" ? 1 : 0);
    });
  }
});
