import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, type TestContext } from "vitest";
import {
  digestOf,
  isWrunError,
  issueAuthorization,
  loadPublisherIdentity,
  openHome,
  type RunOutcome,
} from "wrun";
import {
  type Arena,
  enter,
  type Fight,
  fight,
  type FightOptions,
  guestBytes,
  linkBeforehand,
  openArena,
  policyOf,
  rule,
} from "./harness.js";
import { openOtherProcess, type OtherProcess } from "./other-process.js";
import { signedGuest } from "./signed.js";

/** What a guest needs, and how it is known that it is where it is to be stopped. */
interface Captive {
  readonly guest: string;
  readonly policy: string;
  readonly args?: readonly string[];
  readonly when: NonNullable<FightOptions["when"]>;
}

const limits = "limits: { wall: 120s, memory: 256MiB }";
const captives: Readonly<Record<string, Captive>> = {
  "makes no host call": { guest: "spin", policy: policyOf([], limits), when: ({ started }) => started },
  "is blocked in a host call": {
    guest: "blocked-pollable",
    policy: policyOf([rule.clocks], limits),
    when: ({ output }) => output.includes("waiting"),
  },
  "swallows every exception": {
    guest: "swallow-js",
    policy: policyOf(
      [rule.clocks, rule.random, rule.environment],
      `${limits.slice(0, -2)}, hostCalls: 1000000000 }`,
    ),
    args: ["swallow-js", "calls"],
    when: ({ output }) => output.includes("swallowing"),
  },
};

function assertStopped(outcome: RunOutcome, signal: string): number {
  assert.equal(outcome.kind, "stopped", JSON.stringify(outcome));
  if (outcome.kind !== "stopped") return Number.NaN;
  assert.equal(outcome.signal, signal);
  assert.equal(outcome.exitCode, 116);
  assert.equal(typeof outcome.stoppedInMs, "number");
  return outcome.stoppedInMs ?? Number.NaN;
}

/** What the lineage says of the stop: the change of trust and the enforcement, with the measured time. */
function assertRecorded(arena: Arena, { report }: Fight, signal: string): void {
  const records = [...arena.runtime.readRun(report.run)];
  const change = records.find(({ kind }) => kind === "trust-change");
  const enforcement = records.find(({ kind }) => kind === "enforcement");
  assert.equal(change?.kind === "trust-change" && change.body["kind"], signal);
  assert.equal(enforcement?.kind === "enforcement" && enforcement.body["kind"], signal);
  assert.equal(
    enforcement?.kind === "enforcement" && enforcement.body["stoppedInMs"],
    Math.round(assertStopped(report.outcome, signal) * 1000) / 1000,
  );
}

function median(values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN).toFixed(1);
}

let template: Arena;
beforeAll(async () => {
  template = await openArena({ publisher: "Attacks Ltd" });
  await linkBeforehand(template, ["spin", "blocked-pollable", "swallow-js", "odd-strings"]);
});
afterAll(() => template.close());

/** A home of its own, whose trust may be spoilt. */
const newArena = (): Promise<Arena> => openArena({ like: template.home });

describe("a revocation by another process", () => {
  let other: OtherProcess;
  beforeAll(async () => {
    other = await openOtherProcess();
  });
  afterAll(() => other.close());

  for (const [what, captive] of Object.entries(captives)) {
    it(`stops a guest that ${what}`, async (t) => {
      const times: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const arena = await newArena();
        try {
          const { keyId } = loadPublisherIdentity(openHome(arena.home));
          const came = await fight(arena, captive.guest, {
            component: await signedGuest(arena, captive.guest),
            policy: captive.policy,
            ...(captive.args === undefined ? {} : { args: captive.args }),
            when: captive.when,
            then: () => other.revoke(arena.home, { kind: "publisher-key", id: keyId, reason: "stolen" }),
          });
          times.push(assertStopped(came.report.outcome, "publisher-key-revoked"));
          assertRecorded(arena, came, "publisher-key-revoked");
          await assert.rejects(
            async () => enter(arena, captive.guest, { component: await signedGuest(arena, captive.guest) }),
            (error) => isWrunError(error) && error.exitCode === 112 && /revoked/.test(error.message),
          );
        } finally {
          await arena.close();
        }
      }
      await t.annotate(
        `from the signal to the end of the worker: median ${median(times)} ms of ${times.length}`,
      );
    });
  }

  const rests: Readonly<
    Record<
      string,
      (run: { arena: Arena; policy: string; authorization: string; bytes: Uint8Array }) => string
    >
  > = {
    component: ({ bytes }) => digestOf(bytes),
    policy: ({ policy }) => digestOf(Buffer.from(policy)),
    "node-key": ({ arena }) => arena.runtime.node.identity.keyId,
    authorization: ({ authorization }) => claimsOf(authorization)["jti"] ?? "",
    workload: ({ arena }) => arena.runtime.node.workloadId("attack"),
  };
  const signals: Readonly<Record<string, string>> = { workload: "operator" };
  for (const [kind, idOf] of Object.entries(rests)) {
    it(`stops a guest that rests on a ${kind}, and keeps it from starting again`, async () => {
      const arena = await newArena();
      try {
        const bytes = await guestBytes("spin");
        const policy = policyOf();
        const authorization = authorize(arena, policy, bytes, 3600);
        const came = await fight(arena, "spin", {
          policy,
          authorization,
          when: ({ started }) => started,
          then: () =>
            other.revoke(arena.home, {
              kind: kind as Parameters<OtherProcess["revoke"]>[1]["kind"],
              id: idOf({ arena, policy, authorization, bytes }),
              reason: "for the test",
            }),
        });
        assertRecorded(arena, came, signals[kind] ?? `${kind}-revoked`);
        await assert.rejects(enter(arena, "spin", { policy, authorization }), isWrunError);
      } finally {
        await arena.close();
      }
    });
  }
});

function claimsOf(token: string): Record<string, string> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, string>;
}

function authorize(arena: Arena, policy: string, bytes: Uint8Array, lifetimeSeconds: number): string {
  const { node } = arena.runtime;
  return issueAuthorization({
    issuer: node.authority,
    subject: node.workloadId("attack"),
    node: { spiffeId: node.identity.spiffeId, keyId: node.identity.keyId },
    component: digestOf(bytes),
    policy: digestOf(Buffer.from(policy)),
    zone: node.zone,
    lifetimeSeconds,
    now: new Date(),
  });
}

/**
 * Tries with more and more time until the guest has started: on a busy machine, what is to run out in mid-run may have
 * run out before.
 */
async function withEnoughTime(attempt: (seconds: number) => Promise<Fight>): Promise<Fight> {
  for (let seconds = 2; ; seconds *= 2) {
    try {
      return await attempt(seconds);
    } catch (error) {
      if (!isWrunError(error) || seconds > 60) throw error;
    }
  }
}

describe("trust that ends in mid-run", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await newArena();
  });
  afterAll(() => arena.close());

  it("stops a guest whose authorization expires", async () => {
    const bytes = await guestBytes("spin");
    const came = await withEnoughTime((seconds) =>
      fight(arena, "spin", { authorization: authorize(arena, policyOf(), bytes, seconds) }),
    );
    assertRecorded(arena, came, "authorization-expired");
  });

  it("stops a guest whose policy is not valid any more", async () => {
    const came = await withEnoughTime((seconds) => {
      const notAfter = new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
      return fight(arena, "spin", {
        policy: policyOf([], `validity: { notAfter: "${notAfter}" }\nlimits: { wall: 120s }`),
      });
    });
    assertRecorded(arena, came, "validity-window-closed");
  });

  for (const [what, change] of [
    ["changed", (path: string) => writeFile(path, `${policyOf()}# more\n`)],
    ["removed", (path: string) => rm(path)],
  ] as const) {
    it(`stops a guest whose policy file is ${what}`, async () => {
      const path = join(arena.folder, `policy-${what}.yaml`);
      await writeFile(path, policyOf());
      const came = await fight(arena, "spin", {
        policyPath: path,
        when: ({ started }) => started,
        then: () => change(path),
      });
      assertRecorded(arena, came, "policy-changed");
    });
  }
});

describe("a revocation list that cannot be relied on", () => {
  const impatient = policyOf([], "trust: { maxStaleness: 500ms }\nlimits: { wall: 120s }");
  const attack = async (
    t: TestContext,
    signal: string,
    tamper: (list: string, arena: Arena) => Promise<void>,
  ): Promise<void> => {
    const arena = await newArena();
    t.onTestFinished(() => arena.close());
    const came = await fight(arena, "spin", {
      policy: impatient,
      when: ({ started }) => started,
      then: () => tamper(openHome(arena.home).revocations, arena),
    });
    assertRecorded(arena, came, signal);
    await assert.rejects(
      enter(arena, "spin"),
      (error) => isWrunError(error) && error.code.startsWith("REVOCATIONS_"),
    );
  };

  it("stops a guest within its staleness where it is gone", (t) => attack(t, "stale", (list) => rm(list)));

  it("stops a guest within its staleness where it is garbage", (t) =>
    attack(t, "stale", (list) => writeFile(list, "{}")));

  it("stops a guest within its staleness where its signature is not the authority's", (t) =>
    attack(t, "stale", async (list) => {
      const [header, payload, signature = ""] = (await readFile(list, "latin1")).split(".");
      const forged = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      await writeFile(list, [header, payload, forged].join("."));
    }));

  it("stops a guest where an older one is put back", (t) =>
    attack(t, "epoch-rolled-back", async (list, arena) => {
      const older = await readFile(list);
      await arena.runtime.revoke({ kind: "component", id: digestOf("another"), reason: "for the test" });
      await writeFile(list, older);
    }));

  it("does not stop a guest where it comes back in time", async (t) => {
    const arena = await newArena();
    t.onTestFinished(() => arena.close());
    const { run, ended } = await enter(arena, "spin", {
      policy: policyOf([], "trust: { maxStaleness: 60s }\nlimits: { wall: 300s }"),
    });
    const list = openHome(arena.home).revocations;
    const good = await readFile(list);
    await rm(list);
    while (arena.runtime.node.trust.view().failure === undefined) await arena.runtime.node.trust.refresh();
    await writeFile(list, good, { mode: 0o600 });
    while (arena.runtime.node.trust.view().failure !== undefined) await arena.runtime.node.trust.refresh();
    run.stop("the test is over");
    assertStopped((await ended).report.outcome, "operator");
  });
});

describe("a rule that puts a workload into quarantine", () => {
  it("ends the run at the call, and keeps the workload from starting until a person releases it", async (t) => {
    const arena = await newArena();
    t.onTestFinished(() => arena.close());
    const policy = policyOf([rule.environment, rule.keyvalue, rule.log]).concat(
      'deny:\n  - { id: trap-door, interface: "wasi:logging/logging", onViolation: quarantine }\n',
    );
    const attempt = () =>
      fight(arena, "odd-strings", { policy, args: ["odd-strings", "7"], keyvalueFolder: arena.keyvalue });

    const came = await attempt();
    assert.equal(came.report.outcome.kind, "quarantined");
    assert.equal(came.report.outcome.exitCode, 115);
    assert.equal(came.report.outcome.kind === "quarantined" && came.report.outcome.rule, "trap-door");
    assert.equal(came.output, "", "the call was its first");
    assert.ok(!came.events.some(({ type }) => type === "log"), "and had no effect");

    const isQuarantined = (error: unknown): boolean =>
      isWrunError(error) && error.code === "WORKLOAD_QUARANTINED" && error.exitCode === 115;
    await assert.rejects(attempt(), isQuarantined);
    // Also for another runtime on this home, and with a harmless policy of the same name.
    await assert.rejects(fight(arena, "spin"), isQuarantined);
    assert.equal((await arena.runtime.listRuns()).length, 1);

    await arena.runtime.release(came.report.workload);
    assert.equal(
      (await attempt()).report.outcome.kind,
      "quarantined",
      "it may start again, and does it again",
    );
  });
});
