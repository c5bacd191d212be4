import assert from "node:assert/strict";
import fs, { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test, type TestContext, vi } from "vitest";
import { digestOf } from "../../runtime/digest.js";
import { WrunError } from "../../runtime/errors/index.js";
import {
  addRevocation,
  createTrustWord,
  inForce,
  notRevoked,
  openTrustSource,
  type RevocationKind,
  type TrustFact,
  type TrustSignal,
  type TrustSource,
  watchTrust,
  type WatchTrustOptions,
} from "../../runtime/trust/index.js";
import { signRevocationList } from "../../runtime/trust/revocation-list.js";
import {
  at,
  authorizationId,
  componentDigest,
  fakeClock,
  keepAlive,
  policyDigest,
  publisherKeyId,
  type TrustStage,
  trustStage,
  workload,
} from "./fixtures.js";

const maxStalenessMs = 5000;
const hour = 3_600_000;

/** What the runs of these tests rest on, of each kind and each consequence. */
function sampleFacts(
  { node, authority }: Pick<TrustStage, "node" | "authority">,
  usableUntil = at.getTime() + hour,
): readonly TrustFact[] {
  const facts: readonly (readonly [RevocationKind, string, TrustFact["of"], TrustFact["signal"]])[] = [
    ["publisher-key", publisherKeyId, "component", "publisher-key-revoked"],
    ["node-key", node.keyId, "node", "node-key-revoked"],
    ["component", componentDigest, "component", "component-revoked"],
    ["policy", policyDigest, "policy", "policy-revoked"],
    ["authorization", authorizationId, "authorization", "authorization-revoked"],
    ["node-key", authority.keyId, "authorization", "authorization-revoked"],
    ["workload", workload, "workload", "operator"],
    ["workload", componentDigest, "workload", "operator"],
  ];
  return [
    ...facts.map(([kind, id, of, signal]) => {
      const state = signal === "operator" ? "quarantined" : "revoked";
      return notRevoked(kind, id, { of, signal, state }, ({ reason }) => refusal(reason));
    }),
    inForce(
      "authorization",
      { of: "authorization", signal: "authorization-expired" },
      (time) => (time < usableUntil ? undefined : refusal("it has expired")),
      () => usableUntil,
    ),
  ];
}

function refusal(reason: string): WrunError {
  return new WrunError("INTERNAL", { reason });
}

/** A source that reads when it is told to: an hour between polls, no notifications. */
async function stage(t: TestContext) {
  const trust = trustStage(t);
  const clock = fakeClock();
  const { home, keys } = trust;
  const source = await openTrustSource({ home, keys, clock, pollMs: hour, watchFiles: false });
  t.onTestFinished(() => source.close());
  const facts = sampleFacts(trust);
  const watch = (changes: Partial<WatchTrustOptions> = {}) => {
    const signals: TrustSignal[] = [];
    const word = createTrustWord();
    const onSignal = (signal: TrustSignal) => void signals.push(signal);
    const options = { source, word, facts, epoch: 1, maxStalenessMs, onSignal };
    const monitor = watchTrust({ ...options, ...changes });
    t.onTestFinished(() => monitor.stop());
    return { signals, word, monitor, kinds: () => signals.map((signal) => signal.kind) };
  };
  const revoke = async (kind: RevocationKind, id: string) => {
    await addRevocation(home, { kind, id, reason: "because" }, { signer: trust.authority.signer });
    await source.refresh();
  };
  return { ...trust, clock, source, facts, watch, revoke };
}

test("a run with nothing against it is trusted and fresh until its staleness bound", async (t) => {
  const { watch, clock } = await stage(t);
  const { word, kinds } = watch();
  assert.deepEqual(kinds(), []);
  assert.equal(word.deadline(), clock.monotonicNs() + 5_000_000_000n);
});

test("each successful reading pushes the deadline on, from when it was asked", async (t) => {
  const { watch, clock, source } = await stage(t);
  const { word, kinds } = watch();
  for (let round = 0; round < 10; round += 1) {
    clock.pass(4000);
    const asked = clock.monotonicNs();
    const done = source.refresh();
    clock.pass(900);
    await done;
    assert.equal(word.deadline(), asked + 5_000_000_000n);
  }
  assert.deepEqual(kinds(), []);
});

const revocations: readonly [RevocationKind, (stage: TrustStage) => string, string, string][] = [
  ["publisher-key", () => publisherKeyId, "publisher-key-revoked", "revoked"],
  ["node-key", ({ node }) => node.keyId, "node-key-revoked", "revoked"],
  ["node-key", ({ authority }) => authority.keyId, "authorization-revoked", "revoked"],
  ["component", () => componentDigest, "component-revoked", "revoked"],
  ["policy", () => policyDigest, "policy-revoked", "revoked"],
  ["authorization", () => authorizationId, "authorization-revoked", "revoked"],
  ["workload", () => workload, "operator", "quarantined"],
  ["workload", () => componentDigest, "operator", "quarantined"],
];
for (const [kind, id, signal, state] of revocations) {
  test(`revoking ${kind} ends with ${signal}, both for a run that is going and for one that starts`, async (t) => {
    const { watch, revoke, clock, ...trust } = await stage(t);
    const going = watch();
    await revoke(kind, id(trust));
    const starting = watch();
    for (const run of [going, starting]) {
      assert.deepEqual(run.kinds(), [signal]);
      assert.equal(run.word.state(), state);
      assert.equal(run.word.isTrustedAndFresh(clock.monotonicNs()), false);
      assert.match(run.signals[0]?.detail ?? "", /because/);
    }
  });
}

test("revoking something else leaves a run alone", async (t) => {
  const { watch, revoke } = await stage(t);
  const { kinds, word } = watch();
  await revoke("publisher-key", componentDigest);
  await revoke("component", policyDigest);
  await revoke("workload", "spiffe://example.org/workload/v");
  assert.deepEqual(kinds(), []);
  assert.equal(word.state(), "trusted");
});

test("one list that says several things is signalled worst first, each once", async (t) => {
  const { watch, revoke, source } = await stage(t);
  const before = watch();
  await revoke("component", componentDigest);
  await revoke("workload", workload);
  await source.refresh();
  assert.deepEqual(before.kinds(), ["component-revoked", "operator"]);
  assert.equal(before.word.state(), "quarantined");
  const after = watch();
  assert.deepEqual(after.kinds(), ["operator", "component-revoked"]);
});

async function afterStaleness(
  breakIt: (path: string) => void,
  t: TestContext,
): Promise<{ early: readonly string[]; late: readonly string[]; state: string }> {
  const { watch, clock, source, home } = await stage(t);
  const { kinds, word } = watch();
  breakIt(home.revocations);
  clock.pass(4999);
  await source.refresh();
  const early = kinds();
  clock.pass(1);
  await source.refresh();
  return { early, late: kinds(), state: word.state() };
}

for (const [what, breakIt] of [
  ["is gone", (path: string) => rmSync(path)],
  ["is empty", (path: string) => writeFileSync(path, "")],
  ["is garbage", (path: string) => writeFileSync(path, "a.b.c")],
  [
    "has a changed byte",
    (path: string) => writeFileSync(path, readFileSync(path, "latin1").replace(/.$/, "!")),
  ],
  [
    "is a folder",
    (path: string) => {
      rmSync(path);
      mkdirSync(path);
    },
  ],
] as const) {
  test(`a list that ${what} is a countdown that ends in stale`, async (t) => {
    assert.deepEqual(await afterStaleness(breakIt, t), { early: [], late: ["stale"], state: "degraded" });
  });
}

test("a list that becomes readable again in time ends the countdown", async (t) => {
  const { watch, clock, source, home } = await stage(t);
  const { kinds, word } = watch();
  const good = readFileSync(home.revocations);
  rmSync(home.revocations);
  clock.pass(3000);
  await source.refresh();
  writeFileSync(home.revocations, good);
  await source.refresh();
  clock.pass(3000);
  await source.refresh();
  assert.deepEqual(kinds(), []);
  assert.ok(word.isTrustedAndFresh(clock.monotonicNs()));
});

test("a bad list does not make what was revoked before good again", async (t) => {
  const { watch, revoke, home, source } = await stage(t);
  await revoke("component", componentDigest);
  rmSync(home.revocations);
  await source.refresh();
  assert.deepEqual(watch().kinds(), ["component-revoked"]);
});

test("an older list ends a run at once", async (t) => {
  const { watch, revoke, home, source } = await stage(t);
  const old = readFileSync(home.revocations);
  await revoke("publisher-key", policyDigest);
  const { kinds, word } = watch();
  writeFileSync(home.revocations, old);
  await source.refresh();
  assert.deepEqual(kinds(), ["epoch-rolled-back"]);
  assert.equal(word.state(), "revoked");
});

test("an older list is noticed even if the memory on the disk was set back with it", async (t) => {
  const { watch, revoke, home, source } = await stage(t);
  const memory = join(home.memory, "revocations.json");
  const old = [readFileSync(home.revocations), readFileSync(memory)] as const;
  await revoke("publisher-key", policyDigest);
  const { kinds } = watch();
  writeFileSync(home.revocations, old[0]);
  writeFileSync(memory, old[1]);
  await source.refresh();
  assert.deepEqual(kinds(), ["epoch-rolled-back"]);
});

test("a run that started under a newer epoch than the list's is ended", async (t) => {
  const { watch } = await stage(t);
  assert.deepEqual(watch({ epoch: 2 }).kinds(), ["epoch-rolled-back"]);
});

test("what is revoked stops also when it cannot be remembered", async (t) => {
  const { watch, home, authority, source } = await stage(t);
  const { kinds } = watch();
  const issued = "2026-01-01T00:00:00Z";
  const entry = { kind: "component", id: componentDigest, reason: "x", at: issued } as const;
  writeFileSync(
    home.revocations,
    signRevocationList({ epoch: 2, issued, entries: [entry] }, authority.signer),
  );
  const full = vi.spyOn(fs, "renameSync").mockImplementation(() => {
    throw Object.assign(new Error("full"), { code: "ENOSPC" });
  });
  syncBuiltinESMExports();
  t.onTestFinished(() => {
    full.mockRestore();
    syncBuiltinESMExports();
  });
  // And trust is not fresh as long as it cannot be.
  for (const attempt of [1, 2]) {
    await source.refresh();
    assert.equal(full.mock.calls.length, attempt);
    assert.equal(source.view().failure?.code, "FILE_UNWRITABLE");
  }
  assert.deepEqual(kinds(), ["component-revoked"]);
});

test("a list that cannot be remembered does not count as fresh", async (t) => {
  const { watch, home, authority, source, clock } = await stage(t);
  const { word } = watch();
  const before = word.deadline();
  const issued = "2026-01-01T00:00:00Z";
  writeFileSync(home.revocations, signRevocationList({ epoch: 2, issued, entries: [] }, authority.signer));
  writeFileSync(join(home.memory, "revocations.json"), "broken");
  clock.pass(1000);
  await source.refresh();
  assert.equal(source.view().failure?.code, "REVOCATIONS_MEMORY_BROKEN");
  assert.equal(word.deadline(), before);
});

test("an authorization ends to the millisecond", async (t) => {
  const { watch, clock, source, ...trust } = await stage(t);
  const facts = sampleFacts(trust, at.getTime() + 1000);
  const { kinds, word } = watch({ facts });
  clock.pass(999);
  await source.refresh();
  assert.deepEqual(kinds(), []);
  clock.pass(1);
  await source.refresh();
  assert.deepEqual(kinds(), ["authorization-expired"]);
  assert.equal(word.state(), "revoked");
});

test("setting the wall clock back a little does not lengthen an authorization", async (t) => {
  const { watch, clock, source, ...trust } = await stage(t);
  const facts = sampleFacts(trust, at.getTime() + 1000);
  const { kinds } = watch({ facts });
  clock.pass(1000);
  clock.setWall(at.getTime() - 500);
  await source.refresh();
  assert.deepEqual(kinds(), ["authorization-expired"]);
});

test("setting the wall clock forward past its end ends an authorization", async (t) => {
  const { watch, clock, source } = await stage(t);
  const { kinds } = watch();
  clock.setWall(at.getTime() + hour);
  await source.refresh();
  assert.deepEqual(kinds(), ["authorization-expired"]);
});

test("a wall clock that goes back by more than two seconds ends a run, and a smaller correction does not", async (t) => {
  const { watch, clock, source } = await stage(t);
  const { kinds, word } = watch();
  clock.setWall(clock.wallMs() - 2000);
  await source.refresh();
  assert.deepEqual(kinds(), []);
  clock.setWall(clock.wallMs() - 1);
  await source.refresh();
  assert.deepEqual(kinds(), ["clock-went-backwards"]);
  assert.equal(word.state(), "degraded");
});

test("a wall clock that is set forward and then back again ends a run", async (t) => {
  const { watch, clock, source } = await stage(t);
  const { kinds } = watch();
  clock.setWall(clock.wallMs() + 60_000);
  await source.refresh();
  clock.setWall(clock.wallMs() - 60_000);
  await source.refresh();
  assert.deepEqual(kinds(), ["clock-went-backwards"]);
});

test("a wall clock without a time is bad", async (t) => {
  const { watch, clock, source } = await stage(t);
  const { kinds } = watch();
  clock.setWall(Number.NaN);
  await source.refresh();
  assert.deepEqual(kinds().sort(), ["authorization-expired", "clock-went-backwards"]);
});

test("a fact that is in force until some time ends a run, on either clock", async (t) => {
  const { watch, clock, source, ...trust } = await stage(t);
  const facts = sampleFacts(trust, at.getTime() + 1000);
  const { kinds } = watch({ facts });
  assert.deepEqual(kinds(), []);
  clock.pass(1000);
  clock.setWall(at.getTime());
  await source.refresh();
  assert.deepEqual(kinds(), ["authorization-expired"]);
});

test("a fact of which nothing can be told for the moment is a countdown that ends in stale", async (t) => {
  const { watch, clock, source, facts } = await stage(t);
  let isReadable = false;
  const unreadable: TrustFact = {
    of: "component",
    name: "trust in somebody",
    signal: "publisher-untrusted",
    state: "revoked",
    problem() {
      if (isReadable) return undefined;
      throw new Error("too many open files");
    },
  };
  const { kinds, signals } = watch({ facts: [...facts, unreadable] });
  clock.pass(4999);
  await source.refresh();
  assert.deepEqual(kinds(), []);
  isReadable = true;
  await source.refresh();
  isReadable = false;
  clock.pass(4999);
  await source.refresh();
  assert.deepEqual(kinds(), [], "what could be told in between counts");
  clock.pass(1);
  await source.refresh();
  assert.deepEqual(kinds(), ["stale"]);
  assert.match(signals[0]?.detail ?? "", /too many open files/);
});

async function policyAfter(change: (path: string) => void, t: TestContext): Promise<readonly string[]> {
  const { watch, home } = await stage(t);
  keepAlive(t);
  const path = join(home.folder, "policy.yaml");
  writeFileSync(path, "policy");
  let heard: (() => void) | undefined;
  const signal = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const seen: string[] = [];
  watch({
    policyFile: { path, digest: digestOf("policy") },
    // Asks for a look every few milliseconds, in real time; the fake clocks stand still.
    maxStalenessMs: 30,
    onSignal: ({ kind }) => {
      seen.push(kind);
      heard?.();
    },
  });
  assert.deepEqual(seen, []);
  change(path);
  await signal;
  return seen;
}

test("a policy file that no longer has the bytes that were compiled ends a run", async (t) => {
  assert.deepEqual(await policyAfter((path) => writeFileSync(path, "policY"), t), ["policy-changed"]);
});

test("a policy file that is gone ends a run", async (t) => {
  assert.deepEqual(await policyAfter((path) => rmSync(path), t), ["policy-changed"]);
});

for (const code of ["EMFILE", "ENFILE", "EAGAIN", "EIO", "ENOMEM"]) {
  test(`a policy file that cannot be read for the moment (${code}) is read again, and no change`, async (t) => {
    const { watch, clock, source } = await stage(t);
    let isLacking = true;
    let readings = 0;
    const read = () => {
      readings += 1;
      return isLacking
        ? Promise.reject(Object.assign(new Error("for the test"), { code }))
        : Promise.resolve(Buffer.from("policy"));
    };
    const policyFile = { path: "/policy.yaml", digest: digestOf("policy"), read };
    const [passing, lasting] = [
      watch({ policyFile }),
      watch({ policyFile, maxStalenessMs: maxStalenessMs / 2 }),
    ];
    clock.pass(maxStalenessMs / 2 - 1);
    await source.refresh();
    assert.ok(readings > 1);
    assert.deepEqual([passing.kinds(), lasting.kinds()], [[], []]);
    clock.pass(1);
    await source.refresh();
    assert.deepEqual([passing.kinds(), lasting.kinds()], [[], ["policy-unreadable"]]);
    assert.match(lasting.signals[0]?.detail ?? "", new RegExp(code));
    assert.equal(lasting.word.state(), "degraded");
    isLacking = false;
    const again = watch({ policyFile });
    await new Promise((done) => setImmediate(done));
    clock.pass(maxStalenessMs / 2);
    await source.refresh();
    assert.deepEqual([passing.kinds(), again.kinds()], [["policy-unreadable"], []]);
  });
}

test("a policy file that may not be read ends a run at once", async (t) => {
  const { watch, source } = await stage(t);
  const read = () => Promise.reject(Object.assign(new Error("for the test"), { code: "EACCES" }));
  const run = watch({ policyFile: { path: "/policy.yaml", digest: digestOf("policy"), read } });
  await new Promise((done) => setImmediate(done));
  await source.refresh();
  assert.deepEqual(run.kinds(), ["policy-changed"]);
});

test("a listener that throws leaves the word lowered and the other runs watched", async (t) => {
  const { watch, revoke } = await stage(t);
  const warning = vi.spyOn(process, "emitWarning").mockReturnValue();
  const broken = watch({
    onSignal: () => {
      throw new Error("the disk is full");
    },
  });
  const other = watch();
  await revoke("component", componentDigest);
  assert.equal(broken.word.state(), "revoked");
  assert.deepEqual(other.kinds(), ["component-revoked"]);
  assert.equal(warning.mock.calls.length, 1);
});

test("a run that was stopped hears nothing more", async (t) => {
  const { watch, revoke, clock, source } = await stage(t);
  const { kinds, monitor } = watch();
  monitor.stop();
  await revoke("component", componentDigest);
  clock.pass(hour);
  await source.refresh();
  assert.deepEqual(kinds(), []);
});

test("a source with a bad list does not open, so that nothing starts on it", async (t) => {
  const { home, keys } = trustStage(t);
  const open = (): Promise<TrustSource> => openTrustSource({ home, keys });
  writeFileSync(home.revocations, "garbage");
  await assert.rejects(open(), { code: "REVOCATIONS_INVALID" });
  rmSync(home.revocations);
  await assert.rejects(open(), { code: "REVOCATIONS_MISSING" });
});

for (const [how, watchFiles, pollMs] of [
  ["by polling alone", false, 20],
  ["by notification alone", true, hour],
] as const) {
  test(`a revocation on the disk reaches a run ${how}`, async (t) => {
    const { home, keys, authority, node } = trustStage(t);
    const source = await openTrustSource({ home, keys, watchFiles, pollMs });
    t.onTestFinished(() => source.close());
    const signal = new Promise<TrustSignal>((resolve) => {
      const facts = sampleFacts({ node, authority }, Date.now() + hour);
      const word = createTrustWord();
      // So much staleness that the run itself asks for no earlier look.
      const monitor = watchTrust({
        source,
        word,
        facts,
        epoch: 1,
        maxStalenessMs: 10 * hour,
        onSignal: resolve,
      });
      t.onTestFinished(() => monitor.stop());
    });
    keepAlive(t);
    await addRevocation(
      home,
      { kind: "component", id: componentDigest, reason: "x" },
      { signer: authority.signer },
    );
    assert.equal((await signal).kind, "component-revoked");
  });
}

test("a stream of new runs does not put off the next look", async (t) => {
  const { home, keys, authority, node } = trustStage(t);
  const source = await openTrustSource({ home, keys, watchFiles: false, pollMs: 60 });
  t.onTestFinished(() => source.close());
  const facts = sampleFacts({ node, authority }, Date.now() + hour);
  await addRevocation(
    home,
    { kind: "component", id: componentDigest, reason: "x" },
    { signer: authority.signer },
  );
  const heard: TrustSignal[] = [];
  const start = (onSignal: (signal: TrustSignal) => void) =>
    watchTrust({ source, word: createTrustWord(), facts, epoch: 1, maxStalenessMs: 10 * hour, onSignal });
  const first = start((signal) => void heard.push(signal));
  t.onTestFinished(() => first.stop());
  // Each round starts a run, sooner than a poll would come.
  for (let round = 0; round < 200 && heard.length === 0; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    start(() => undefined).stop();
  }
  assert.equal(heard.length, 1);
});
