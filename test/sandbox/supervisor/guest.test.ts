import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { RunEvent } from "wrun";
import { type GuestListener, startGuest } from "../../../runtime/sandbox/supervisor/guest.js";
import { createWorkerPool } from "../../../runtime/sandbox/supervisor/worker-pool.js";
import { createTrustWord } from "../../../runtime/trust/index.js";
import type { TrustSignal } from "../../../runtime/trust/types.js";
import { type Arena, enter, guestBytes, hostPackages, openArena, policyOf } from "../../attacks/harness.js";

type Job = Parameters<typeof startGuest>[0];

/** A job that fails in its first step: it has no journal. */
const broken = { lineage: undefined, code: { kind: "linked" } } as unknown as Job;

const listener: GuestListener = {
  compiled: () => undefined,
  started: () => undefined,
  output: (_stream, _bytes, done) => done(),
  log: () => undefined,
  denied: () => undefined,
};

const takeWorker = () => createWorkerPool({ hostPackages: hostPackages.href, size: 0 }).take();

const signal = (detail: string): TrustSignal => ({ kind: "operator", state: "revoked", detail });

describe("the supervisor of one guest", () => {
  it("says what its worker died of, and that nothing stopped it", async () => {
    const ending = await startGuest(broken, createTrustWord(), listener, takeWorker).ended;
    assert.equal(ending.result.kind, "ended");
    assert.equal(ending.result.kind === "ended" && ending.result.end.kind, "fault");
    assert.equal(ending.calls, undefined);
    assert.equal(ending.stoppedBy, undefined);
    assert.equal(ending.stoppedInMs, undefined);
  });

  it("stops a guest that has not even started, lowers its trust word, and lets the first signal count", async () => {
    const trust = createTrustWord();
    const guest = startGuest(broken, trust, listener, takeWorker);
    const [first, second] = [signal("first"), signal("second")];
    guest.stop(first);
    guest.stop(second);
    assert.equal(trust.isTrustedAndFresh(process.hrtime.bigint()), false);
    const ending = await guest.ended;
    assert.equal(ending.stoppedBy, first);
    assert.equal(typeof ending.stoppedInMs, "number");
    assert.deepEqual(ending.result, { kind: "ended", end: { kind: "fault", reason: "stopped: first" } });
  });

  it("changes nothing about a guest that has ended", async () => {
    const guest = startGuest(broken, createTrustWord(), listener, takeWorker);
    const ending = await guest.ended;
    guest.stop(signal("late"));
    assert.equal(await guest.ended, ending);
    assert.equal(ending.stoppedBy, undefined);
  });
});

describe("a run that is stopped", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(() => arena.close());

  it("before its guest has started, twice, and after its end, is stopped once", async () => {
    const events: RunEvent[] = [];
    const run = await arena.runtime.start({
      component: { kind: "bytes", name: "spin", bytes: await guestBytes("spin"), allowUnsigned: true },
      policy: { bytes: Buffer.from(policyOf()), name: "p.yaml" },
      onEvent: (event) => events.push(event),
    });
    run.stop("first");
    run.stop("second");
    const { outcome, records } = await run.finished;
    run.stop("third");
    assert.equal(outcome.kind === "stopped" && outcome.detail, "first");
    assert.deepEqual(
      events.map(({ type }) => type),
      ["signal", "stopped", "sealed"],
    );
    const stored = [...arena.runtime.readRun(run.id)];
    assert.equal(stored.length, records);
    assert.equal(stored.filter(({ kind }) => kind === "enforcement").length, 1);
  });

  it("from its own events ends, and is told of it once", async () => {
    const events: RunEvent[] = [];
    let stop: (detail: string) => void = () => undefined;
    const run = await arena.runtime.start({
      component: { kind: "bytes", name: "spin", bytes: await guestBytes("spin"), allowUnsigned: true },
      policy: { bytes: Buffer.from(policyOf()), name: "p.yaml" },
      onEvent(event) {
        events.push(event);
        stop(`stopped at ${event.type}`);
      },
    });
    ({ stop } = run);
    const { outcome } = await run.finished;
    assert.equal(outcome.kind === "stopped" && outcome.detail, "stopped at started");
    assert.equal(events.filter(({ type }) => type === "signal").length, 1);
  });

  it("while its output is never done with ends all the same", async () => {
    let received = 0;
    let full: () => void = () => undefined;
    const isFull = new Promise<void>((resolve) => {
      full = resolve;
    });
    const run = await arena.runtime.start({
      component: {
        kind: "bytes",
        name: "flood",
        bytes: await guestBytes("stdout-flood"),
        allowUnsigned: true,
      },
      policy: { bytes: Buffer.from(policyOf()), name: "p.yaml" },
      onOutput(_stream, bytes) {
        received += bytes.length;
        if (received >= 1 << 20) full();
      },
    });
    await isFull;
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(received < 2 << 20, `${received} bytes came though none was done with`);
    run.stop("enough");
    assert.equal((await run.finished).outcome.kind, "stopped");
  });

  it("gains nothing from a reader that says twice that it is done", async () => {
    let received = 0;
    let isFirst = true;
    let full: () => void = () => undefined;
    const isFull = new Promise<void>((resolve) => {
      full = resolve;
    });
    const run = await arena.runtime.start({
      component: {
        kind: "bytes",
        name: "flood",
        bytes: await guestBytes("stdout-flood"),
        allowUnsigned: true,
      },
      policy: { bytes: Buffer.from(policyOf()), name: "p.yaml" },
      onOutput(_stream, bytes, done) {
        if (isFirst) for (let time = 0; time < 100_000; time += 1) done();
        isFirst = false;
        received += bytes.length;
        if (received >= 1 << 20) full();
      },
    });
    await isFull;
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(received < 2 << 20, `${received} bytes came`);
    run.stop("enough");
    await run.finished;
  });

  it("ends, whatever is still on its way", async () => {
    const { ended } = await enter(arena, "stdout-flood", {
      when: ({ output }) => output.length > 0,
      then: (run) => run.stop("enough"),
    });
    assert.equal((await ended).report.outcome.kind, "stopped");
  });
});
