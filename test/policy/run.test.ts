import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { createBudgets, createRateLimiter } from "../../runtime/policy/in-worker.js";
import type { Budgets } from "../../runtime/policy/run/budgets.js";
import { policyOf } from "./fixture.js";

const second = 1_000_000_000n;

/** Two rules with this rate, `a` and `c`, and `b` without one. */
const limiter = (rate: string) => {
  const rule = (id: string, more = "") => `{ id: ${id}, interface: wasi:cli/exit${more} }`;
  const limited = `, rate: ${rate}`;
  const rates = createRateLimiter(
    policyOf(`allow: [${[rule("a", limited), rule("b"), rule("c", limited)].join(", ")}]`),
  );
  return { ...rates, lets: (id: string, now: bigint) => rates.take([id], now) === undefined };
};

describe("a rate", () => {
  it("lets a burst through and then so many a second, to the nanosecond", () => {
    const rates = limiter("{ perSecond: 3, burst: 2 }");
    assert.deepEqual(
      [0n, 0n, 0n, 333_333_333n, 333_333_334n, 666_666_666n, 666_666_667n].map((now) => rates.lets("a", now)),
      [true, true, false, false, true, false, true],
    );
  });

  it("never saves up more than its burst", () => {
    const rates = limiter("{ perSecond: 10, burst: 2 }");
    assert.deepEqual(
      [0n, 1000n * second, 1000n * second, 1000n * second].map((now) => rates.lets("a", now)),
      [true, true, true, false],
    );
  });

  it("gives nothing for a clock that goes back", () => {
    const rates = limiter("{ perSecond: 1, burst: 1 }");
    assert.equal(rates.lets("a", 10n * second), true);
    assert.equal(rates.lets("a", 0n), false);
    assert.equal(rates.lets("a", 10n * second), false);
    assert.equal(rates.lets("a", 11n * second), true);
  });

  it("is of one rule; a rule without one has room, a rule that is not in the policy has none", () => {
    const rates = limiter("{ perSecond: 1, burst: 1 }");
    for (let index = 0; index < 100; index++) assert.equal(rates.lets("b", 0n), true);
    for (const id of ["d", "__proto__", "constructor"]) assert.equal(rates.lets(id, 0n), false);
  });

  it("charges all the rules of a call or none, and names the one that is used up", () => {
    const rates = limiter("{ perSecond: 1, burst: 2 }");
    assert.equal(rates.take(["c"], 0n), undefined);
    assert.equal(rates.take(["a", "b", "c"], 0n), undefined);
    for (let index = 0; index < 5; index++) assert.equal(rates.take(["a", "b", "c"], 0n), "c");
    assert.equal(rates.take(["a", "b"], 0n), undefined, "the calls that c refused cost a nothing");
    assert.equal(rates.take(["b", "a"], 0n), "a");
    assert.equal(rates.take([], 0n), undefined);
  });

  it("lets through in any span of time at most the burst and what the span is worth", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.bigInt(0n, second)),
        (perSecond, burst, gaps) => {
          const rates = limiter(`{ perSecond: ${perSecond}, burst: ${burst} }`);
          let now = 0n;
          const taken: bigint[] = [];
          for (const gap of gaps) {
            now += gap;
            if (rates.lets("a", now)) taken.push(now);
          }
          for (const [first, from] of taken.entries()) {
            for (const [last, to] of taken.entries()) {
              if (last < first) continue;
              const most = BigInt(burst) + ((to - from) * BigInt(perSecond)) / second;
              assert.ok(BigInt(last - first + 1) <= most);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

function budgetsOf(
  limits: { hostCalls: number; bytesOut: number; lineage?: number },
  factBytes: () => number = () => 0,
): Budgets {
  return createBudgets({ lineage: 1_000_000, ...limits }, factBytes);
}

describe("a budget", () => {
  it("of records counts 512 bytes for each call, and what facts take", () => {
    const calls = budgetsOf({ hostCalls: 100, bytesOut: 0, lineage: 5 * 512 });
    for (let call = 0; call < 5; call++) assert.equal(calls.charge(1, 0), undefined);
    assert.match(calls.charge(1, 0) ?? "", /limits\.lineage allows 2560 bytes of records/);
    let written = 700;
    const facts = budgetsOf({ hostCalls: 100, bytesOut: 0, lineage: 4096 }, () => written);
    assert.equal(facts.charge(1, 0), undefined);
    written += 4096 - 2 * 512;
    assert.equal(facts.charge(1, 0), undefined, "what was written before it began does not count");
    written += 1;
    assert.match(facts.charge(0, 0) ?? "", /limits\.lineage/);
  });

  it("is used up by what is charged, and stays so", () => {
    const budgets = budgetsOf({ hostCalls: 2, bytesOut: 100 });
    assert.equal(budgets.charge(1, 50), undefined);
    assert.equal(budgets.charge(1, 50), undefined);
    assert.match(budgets.charge(1, 0) ?? "", /hostCalls allows 2/);
    assert.match(budgets.charge(0, 0) ?? "", /hostCalls/);
  });

  it("of bytes is one of its own", () => {
    const budgets = budgetsOf({ hostCalls: 10, bytesOut: 100 });
    assert.match(budgets.charge(1, 101) ?? "", /bytesOut lets 100/);
  });

  it("takes what is no count for too much", () => {
    for (const wrong of [NaN, -1, Infinity, 0.5, -Infinity]) {
      assert.ok(budgetsOf({ hostCalls: 10, bytesOut: 10 }).charge(wrong, 0) !== undefined, String(wrong));
      assert.ok(budgetsOf({ hostCalls: 10, bytesOut: 10 }).charge(1, wrong) !== undefined, String(wrong));
    }
  });

  it("of zero allows no call", () =>
    assert.ok(budgetsOf({ hostCalls: 0, bytesOut: 0 }).charge(1, 0) !== undefined));
});

const at = (text: string, time: string) => policyOf(`validity: ${text}`).validAt(new Date(time)).valid;

const next = (text: string, time: string) =>
  policyOf(`validity: ${text}`).nextChange(new Date(time))?.toISOString();

const both = (until: string) =>
  `{ notBefore: '2026-11-23T12:00:00Z', notAfter: '${until}', windows: [{ days: [tue], utc: '06:00-07:00' }] }`;

const two = (hours: number) => String(hours).padStart(2, "0");

describe("validity", () => {
  it("holds from its beginning up to its end, the end not included", () => {
    const span = "{ notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-02-01T00:00:00Z' }";
    assert.deepEqual(
      [
        "2025-12-31T23:59:59.999Z",
        "2026-01-01T00:00:00Z",
        "2026-01-31T23:59:59.999Z",
        "2026-02-01T00:00:00Z",
      ].map((time) => at(span, time)),
      [false, true, true, false],
    );
    assert.equal(next(span, "2025-01-01T00:00:00Z"), "2026-01-01T00:00:00.000Z");
    assert.equal(next(span, "2026-01-01T00:00:00Z"), "2026-02-01T00:00:00.000Z");
    assert.equal(next(span, "2026-02-01T00:00:00Z"), undefined);
  });

  it("says why it does not hold, and does not hold at no time", () => {
    const policy = policyOf("validity: { notAfter: '2026-02-01T00:00:00Z' }");
    const verdict = policy.validAt(new Date("2026-03-01T00:00:00Z"));
    assert.ok(!verdict.valid && verdict.why.includes("2026-02-01"));
    assert.equal(policy.validAt(new Date(NaN)).valid, false);
    assert.equal(policyOf("").validAt(new Date(NaN)).valid, false);
    assert.equal(policyOf("").validAt(new Date()).valid, true);
    assert.equal(policyOf("").nextChange(new Date()), undefined);
  });

  it("has windows by the day, in UTC", () => {
    const office = "{ windows: [{ days: [mon-fri], utc: '06:00-20:00' }] }";
    assert.equal(at(office, "2026-11-23T05:59:59.999Z"), false);
    assert.equal(at(office, "2026-11-23T06:00:00Z"), true);
    assert.equal(at(office, "2026-11-23T20:00:00Z"), false);
    assert.equal(at(office, "2026-11-28T12:00:00Z"), false);
    assert.equal(next(office, "2026-11-27T20:00:00Z"), "2026-11-30T06:00:00.000Z");
  });

  it("has windows over midnight, which belong to the day they start on, also from Sunday to Monday", () => {
    const night = "{ windows: [{ days: [sun], utc: '22:00-04:00' }] }";
    assert.deepEqual(
      [
        "2026-11-22T21:59:00Z",
        "2026-11-22T22:00:00Z",
        "2026-11-23T03:59:00Z",
        "2026-11-23T04:00:00Z",
        "2026-11-23T22:00:00Z",
      ].map((time) => at(night, time)),
      [false, true, true, false, false],
    );
    assert.equal(next(night, "2026-11-22T23:00:00Z"), "2026-11-23T04:00:00.000Z");
    assert.equal(next(night, "2026-11-23T04:00:00Z"), "2026-11-29T22:00:00.000Z");
  });

  it("has ranges of days over the weekend", () => {
    const weekend = "{ windows: [{ days: [sat-mon], utc: '00:00-24:00' }] }";
    assert.equal(at(weekend, "2026-11-23T12:00:00Z"), true);
    assert.equal(at(weekend, "2026-11-24T00:00:00Z"), false);
    assert.equal(next(weekend, "2026-11-22T12:00:00Z"), "2026-11-24T00:00:00.000Z");
  });

  it("that is always open never changes", () => {
    assert.equal(
      next("{ windows: [{ days: [mon-sun], utc: '00:00-24:00' }] }", "2026-11-22T12:00:00Z"),
      undefined,
    );
  });

  it("before its beginning changes when a window opens first, and never if none opens in time", () => {
    assert.equal(next(both("2026-12-01T00:00:00Z"), "2026-11-01T00:00:00Z"), "2026-11-24T06:00:00.000Z");
    assert.equal(next(both("2026-11-24T06:00:00Z"), "2026-11-01T00:00:00Z"), undefined);
    assert.equal(next(both("2026-11-24T06:30:00Z"), "2026-11-24T06:00:00Z"), "2026-11-24T06:30:00.000Z");
  });

  it("changes exactly where nextChange says, and not before", () => {
    const day = fc.constantFrom("mon", "tue-thu", "sat-mon", "sun");
    const hour = fc.integer({ min: 0, max: 23 });
    const window = fc.tuple(day, hour, hour).filter(([, from, to]) => from !== to);
    const monday = Date.parse("2026-11-23T00:00:00Z");
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 14 * 1440 }),
        (windows, minute) => {
          const text = windows
            .map(([days, from, to]) => `{ days: [${days}], utc: "${two(from)}:00-${two(to)}:00" }`)
            .join(", ");
          const policy = policyOf(
            `validity: { notBefore: '2026-11-25T00:00:00Z', notAfter: '2026-12-09T00:30:00Z', windows: [${text}] }`,
          );
          const now = new Date(monday + minute * 60_000);
          const before = policy.validAt(now).valid;
          const change = policy.nextChange(now);
          const end = change?.getTime() ?? now.getTime() + 30 * 86_400_000;
          for (let time = now.getTime(); time < end; time += 1_800_000) {
            assert.equal(policy.validAt(new Date(time)).valid, before, new Date(time).toISOString());
          }
          if (change !== undefined) {
            assert.equal(policy.validAt(new Date(end - 1)).valid, before);
            assert.equal(policy.validAt(change).valid, !before);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("the subject of a policy", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const allows = (subject: string, claims: { signerKeyId?: string; componentDigest?: string }) =>
    policyOf(`subject: ${subject}`).subjectAllows({ componentDigest: digest, ...claims }).allowed;

  it("is any component where the policy names none", () => {
    assert.equal(policyOf("").subjectAllows({ componentDigest: digest }).allowed, true);
  });

  it("is one digest", () => {
    assert.equal(allows(`{ component: "${digest}" }`, {}), true);
    assert.equal(
      allows(`{ component: "${digest}" }`, { componentDigest: `sha256:${"b".repeat(64)}` }),
      false,
    );
  });

  it("may be held to signers, and then is never unsigned", () => {
    const subject = "{ signers: [key-1] }";
    assert.equal(allows(subject, { signerKeyId: "key-1" }), true);
    assert.equal(allows(subject, { signerKeyId: "key-2" }), false);
    assert.equal(allows(subject, {}), false);
  });
});
