import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type {
  ComponentType,
  FunctionType,
  ResourceType,
  ValueType,
} from "../../runtime/component/wit-types.js";
import { WrunError } from "../../runtime/errors/index.js";
import type { Decision, Facts } from "../../runtime/policy/types.js";
import { bindImports, type ImportObject } from "../../runtime/sandbox/gate/bind-imports.js";
import { createGate } from "../../runtime/sandbox/gate/gate.js";
import type { CallIntent, CallOutcome, GateParts } from "../../runtime/sandbox/gate/parts.js";
import { createPoison, type Poison } from "../../runtime/sandbox/gate/poison.js";
import { type HostFunctionDefinition, hostFunction, WitError } from "../../runtime/sandbox/host-function.js";
import { denyUndecided } from "./gate/deny-undecided.js";
import { uncounted } from "../attacks/uncounted.js";

const u32: ValueType = { kind: "u32" };
const string: ValueType = { kind: "string" };
const fallible: ValueType = { kind: "result", ok: u32, err: string };
const account: ResourceType = { name: "account", interface: "acme:bank/ledger@1.0.0" };
const purse: ResourceType = { name: "purse", interface: "acme:bank/ledger@1.0.0" };

const ledger = new Map<string, FunctionType>([
  ["quote", { params: [{ name: "amount", type: u32 }], result: fallible }],
  ["now", { params: [], result: u32 }],
  [
    "[constructor]account",
    { params: [{ name: "owner", type: string }], result: { kind: "own", resource: account } },
  ],
  [
    "[method]account.balance",
    { params: [{ name: "self", type: { kind: "borrow", resource: account } }], result: u32 },
  ],
  [
    "[static]account.all",
    {
      params: [],
      result: {
        kind: "list",
        element: { kind: "tuple", items: [string, { kind: "own", resource: account }] },
      },
    },
  ],
  ["close", { params: [{ name: "account", type: { kind: "own", resource: account } }], result: undefined }],
  [
    "[method]purse.open",
    { params: [{ name: "self", type: { kind: "borrow", resource: purse } }], result: u32 },
  ],
  ["missing", { params: [], result: fallible }],
]);
const imports: ComponentType["imports"] = {
  interfaces: [
    {
      name: "acme:bank/ledger@1.0.0",
      functions: ledger,
      resources: new Map([
        ["account", account],
        ["purse", purse],
      ]),
    },
  ],
  functions: new Map(),
  resources: new Map(),
};

const allow: Decision = { verdict: "allow", rule: "all", onViolation: "deny", reason: "" };
const deny = (onViolation: Decision["onViolation"]): Decision => ({
  verdict: "deny",
  rule: "no",
  onViolation,
  reason: "because",
});

interface World {
  readonly ledger: Record<string, (...args: unknown[]) => unknown>;
  readonly Account: { new (owner: string): object; all(): unknown; prototype: object };
  readonly Purse: { prototype: object };
  readonly calls: string[];
  readonly intents: CallIntent[];
  readonly outcomes: CallOutcome[];
  readonly poison: Poison;
}

/** A ledger whose host functions note that they were called, behind a gate whose parts the test chooses. */
function world(
  parts: Partial<GateParts> = {},
  functions: Record<string, Partial<HostFunctionDefinition>> = {},
): World {
  const calls: string[] = [];
  const intents: CallIntent[] = [];
  const outcomes: CallOutcome[] = [];
  const poison = createPoison();
  const host = (name: string, call: HostFunctionDefinition["call"], denied?: { error: unknown }) =>
    [
      name,
      hostFunction({
        durability: "written",
        ...(denied === undefined ? {} : { denied }),
        call: (...args: never[]) => {
          calls.push(name);
          return call(...args);
        },
        ...functions[name],
      }),
    ] as const;
  const table = new Map([
    host("quote", (amount: number) => amount * 2, { error: "not permitted" }),
    host("now", () => 42),
    host("[constructor]account", (owner: string) => ({ owner })),
    host("[method]account.balance", (self: { owner: string }) => self.owner.length),
    host("[static]account.all", () => [["a", { owner: "a" }]]),
    host("close", () => undefined),
    host("[method]purse.open", () => 1),
  ]);
  const gate = createGate({
    trust: { isTrustedAndFresh: () => true },
    policy: { decide: () => allow, denyUndecided, looksAtArguments: () => false },
    budgets: { charge: () => undefined },
    rates: { take: () => undefined, isLimited: () => false },
    evidence: {
      intent: (intent) => intents.push(intent),
      outcome: (_, outcome) => void outcomes.push(outcome),
    },
    poison,
    now: () => 1n,
    ...parts,
  });
  const bound: ImportObject = bindImports(imports, (_, name) => table.get(name), gate, uncounted).imports;
  const target = bound["acme:bank/ledger@1.0.0"] ?? {};
  return {
    ledger: target as World["ledger"],
    Account: target["Account"] as World["Account"],
    Purse: target["Purse"] as World["Purse"],
    calls,
    intents,
    outcomes,
    poison,
  };
}

const trapped = { name: "RuntimeError" };

/** Generated code is returned what is in `ok`, and thrown what is in `err`. */
function quote({ ledger: { quote: call } }: World): unknown {
  try {
    return { tag: "ok", val: call?.(4) };
  } catch (error) {
    if (!Object.hasOwn(error as object, "payload")) throw error;
    return { tag: "err", val: (error as { payload: unknown }).payload };
  }
}

describe("the gate", () => {
  it("lets an allowed call through, between its intent and its outcome", () => {
    const w = world();
    assert.deepEqual(quote(w), { tag: "ok", val: 8 });
    assert.deepEqual(w.calls, ["quote"]);
    assert.deepEqual(w.intents[0]?.args, [4]);
    assert.deepEqual(w.outcomes, [{ kind: "returned", value: 8, bytesOut: 0 }]);
  });

  it("traps when trust is gone or stale, before anything else", () => {
    const w = world({ trust: { isTrustedAndFresh: () => false } });
    assert.throws(() => w.ledger["quote"]?.(4), trapped);
    assert.deepEqual([w.calls, w.intents, w.poison.end], [[], [], { kind: "untrusted" }]);
  });

  it("traps when trust goes while the call is blocked", () => {
    let trusted = true;
    const w = world(
      { trust: { isTrustedAndFresh: () => trusted } },
      {
        now: {
          call: () => {
            trusted = false;
            return 1;
          },
        },
      },
    );
    assert.throws(() => w.ledger["now"]?.(), trapped);
    assert.equal(w.outcomes.length, 1);
  });

  it("traps when a budget is used up", () => {
    const w = world({ budgets: { charge: () => "10 host calls are used up" } });
    assert.throws(() => w.ledger["now"]?.(), trapped);
    assert.deepEqual(w.calls, []);
    assert.equal(w.poison.end?.kind, "limit");
  });

  it("returns the WIT error for a denial and lets the guest go on", () => {
    const w = world({ policy: { decide: () => deny("deny"), denyUndecided, looksAtArguments: () => false } });
    assert.deepEqual(quote(w), { tag: "err", val: "not permitted" });
    assert.deepEqual(w.calls, []);
    assert.deepEqual(w.outcomes, [{ kind: "denied", error: "not permitted" }]);
    assert.equal(w.poison.end, undefined);
  });

  it("traps on a denial where the function has no error for it", () => {
    const w = world({ policy: { decide: () => deny("deny"), denyUndecided, looksAtArguments: () => false } });
    assert.throws(() => w.ledger["now"]?.(), trapped);
    assert.deepEqual(w.calls, []);
  });

  for (const onViolation of ["trap", "quarantine"] as const) {
    it(`ends the run on a denial whose rule says ${onViolation}`, () => {
      const w = world({
        policy: { decide: () => deny(onViolation), denyUndecided, looksAtArguments: () => false },
      });
      assert.throws(() => w.ledger["quote"]?.(4), trapped);
      assert.deepEqual(w.poison.end, { kind: "violation", onViolation, rule: "no", reason: "because" });
    });
  }

  it("denies when deciding fails, whichever part of it", () => {
    const fail = (): never => {
      throw new Error("broken");
    };
    const broken: Partial<GateParts>[] = [
      { policy: { decide: fail, denyUndecided, looksAtArguments: () => false } },
    ];
    broken.push({ policy: { decide: () => allow, denyUndecided, looksAtArguments: fail } });
    for (const parts of broken) {
      const w = world(parts);
      assert.deepEqual(quote(w), { tag: "err", val: "not permitted" });
      assert.deepEqual(w.calls, []);
    }
    for (const key of ["facts", "sample"] as const) {
      const w = world({}, { quote: { [key]: fail } });
      assert.deepEqual(quote(w), { tag: "err", val: "not permitted" });
      assert.deepEqual(w.calls, []);
    }
  });

  it("denies when one of several facts is not allowed, and takes the worst violation", () => {
    const decide = (_: unknown, facts: Facts | undefined): Decision =>
      facts?.["n"] === 2 ? deny("trap") : facts?.["n"] === 3 ? deny("deny") : allow;
    const w = world(
      { policy: { decide, denyUndecided, looksAtArguments: () => false } },
      { quote: { facts: () => [{ n: 1 }, { n: 2 }, { n: 3 }] } },
    );
    assert.throws(() => w.ledger["quote"]?.(4), trapped);
    assert.deepEqual(w.calls, []);
  });

  it("does not ask outside for a call that is denied anyway", () => {
    let asked = 0;
    const w = world(
      { policy: { decide: () => deny("deny"), denyUndecided, looksAtArguments: () => false } },
      { quote: { sample: () => [{ asked: (asked += 1) }] } },
    );
    quote(w);
    assert.equal(asked, 0);
  });

  it("decides on what was asked outside, and records it", () => {
    const decide = (_: unknown, facts: Facts | undefined): Decision =>
      facts?.["address"] === "10.0.0.1" ? deny("deny") : allow;
    const w = world(
      { policy: { decide, denyUndecided, looksAtArguments: () => false } },
      { quote: { facts: () => [{ host: "a" }], sample: () => [{ address: "10.0.0.1" }] } },
    );
    assert.deepEqual(quote(w), { tag: "err", val: "not permitted" });
    assert.deepEqual(w.intents[0]?.sampled, [{ address: "10.0.0.1" }]);
  });

  it("returns the host's own WIT error where the arguments are not acceptable", () => {
    const facts = (): never => {
      throw new WitError("invalid");
    };
    const w = world({}, { quote: { facts } });
    assert.deepEqual(quote(w), { tag: "err", val: "invalid" });
    assert.deepEqual(w.calls, []);
  });

  it("denies a call over the rule's rate", () => {
    const w = world({ rates: { take: ([rule]) => rule, isLimited: () => true } });
    assert.deepEqual(quote(w), { tag: "err", val: "not permitted" });
    assert.deepEqual(w.calls, []);
  });

  it("does not call what it cannot record", () => {
    const intent = (): never => {
      throw new Error("disk full");
    };
    const w = world({ evidence: { intent, outcome: () => undefined } });
    assert.throws(() => w.ledger["quote"]?.(4), trapped);
    assert.deepEqual([w.calls, w.poison.end], [[], { kind: "unrecorded", reason: "disk full" }]);
  });

  it("ends a guest whose call no record can hold, as a fault of its own, and makes no such call", () => {
    for (const unrecordable of [
      new WrunError("LINEAGE_RECORD_TOO_LARGE", { size: 2, limit: 1 }),
      new WrunError("LINEAGE_VALUE_UNSUPPORTED", { reason: "it is none" }),
    ]) {
      const intent = (): never => {
        throw unrecordable;
      };
      const w = world({ evidence: { intent, outcome: () => undefined } });
      assert.throws(() => w.ledger["quote"]?.(4), trapped);
      assert.deepEqual([w.calls, w.poison.end?.kind], [[], "fault"]);
    }
  });

  it("does not make a call whose record waited for the disk while trust went, and says so", () => {
    for (const durability of ["written", "durable"] as const) {
      let trusted = true;
      const outcomes: CallOutcome[] = [];
      const w = world(
        {
          trust: { isTrustedAndFresh: () => trusted },
          evidence: {
            intent: () => {
              trusted = false;
              return 1;
            },
            outcome: (_, outcome) => void outcomes.push(outcome),
          },
        },
        { quote: { durability } },
      );
      assert.throws(() => w.ledger["quote"]?.(4), trapped);
      assert.deepEqual([w.calls, w.poison.end], [[], { kind: "untrusted" }]);
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ["trapped"],
      );
    }
  });

  it("does not return a result that it cannot record", () => {
    const outcome = (): never => {
      throw new Error("disk full");
    };
    const w = world({ evidence: { intent: () => 1, outcome } });
    assert.throws(() => w.ledger["quote"]?.(4), trapped);
    assert.equal(w.poison.end?.kind, "unrecorded");
  });

  it("denies an imported function that nobody implements", () => {
    const w = world();
    assert.throws(() => w.ledger["missing"]?.(), trapped);
    assert.equal(w.intents[0]?.decision.verdict, "deny");
  });

  it("passes a WIT error on, and traps on any other failure of a host function", () => {
    const fails = (error: unknown) => (): never => {
      throw error;
    };
    const polite = world({}, { quote: { call: fails(new WitError("overdrawn")) } });
    assert.deepEqual(quote(polite), { tag: "err", val: "overdrawn" });
    const broken = world({}, { quote: { call: fails(new Error("bug")) } });
    assert.throws(() => broken.ledger["quote"]?.(4), trapped);
    assert.equal(broken.outcomes[0]?.kind, "trapped");
  });

  it("records an exit as an end and not as a fault", () => {
    const late: { poison?: Poison } = {};
    const w = world({}, { now: { call: () => late.poison?.trap({ kind: "exit", code: 3 }) } });
    late.poison = w.poison;
    assert.throws(() => w.ledger["now"]?.(), trapped);
    assert.deepEqual([w.outcomes, w.poison.end], [[{ kind: "ended" }], { kind: "exit", code: 3 }]);
  });
});

describe("handles at the gate", () => {
  it("are shells: the host object itself never reaches generated code", () => {
    const w = world();
    const shell = new w.Account("ada") as { balance(): unknown };
    assert.deepEqual(Object.keys(shell), []);
    assert.equal(shell.balance(), 3);
    assert.deepEqual(w.intents[1]?.args, [{ owner: "ada" }]);
  });

  it("are made for resources inside other values", () => {
    const w = world();
    const [[name, shell]] = w.Account.all() as [[string, { balance(): unknown }]];
    assert.deepEqual([name, shell.balance()], ["a", 1]);
  });

  it("that were never handed out trap, as jco makes them of a forged number", () => {
    const w = world();
    const forged = Object.create(w.Account.prototype) as { balance(): unknown };
    assert.throws(() => forged.balance(), TypeError);
    assert.deepEqual(w.calls, []);
  });

  it("of another resource trap", () => {
    const w = world();
    const open = (w.Purse.prototype as { open(): unknown }).open;
    assert.throws(() => open.call(new w.Account("ada")), TypeError);
    assert.deepEqual(w.calls, ["[constructor]account"]);
  });

  it("that were dropped or given away trap", () => {
    const w = world();
    const dropped = new w.Account("ada") as { balance(): unknown } & Record<symbol, () => void>;
    dropped[Symbol.dispose ?? Symbol.for("dispose")]?.();
    assert.throws(() => dropped.balance(), TypeError);
    const given = new w.Account("bob") as { balance(): unknown };
    w.ledger["close"]?.(given);
    assert.throws(() => given.balance(), TypeError);
  });

  it("dispose of their host object once, with the last of its handles", () => {
    let disposed = 0;
    const shared = { owner: "x", [Symbol.dispose ?? Symbol.for("dispose")]: () => (disposed += 1) };
    const w = world(
      {},
      {
        "[static]account.all": {
          call: () => [
            ["a", shared],
            ["b", shared],
          ],
        },
      },
    );
    const shells = (w.Account.all() as [string, Record<symbol, () => void>][]).map(([, shell]) => shell);
    shells[0]?.[Symbol.dispose ?? Symbol.for("dispose")]?.();
    assert.equal(disposed, 0);
    shells[1]?.[Symbol.dispose ?? Symbol.for("dispose")]?.();
    assert.equal(disposed, 1);
  });
});
