import assert from "node:assert/strict";
import { test, vi } from "vitest";
import { clocksPackage } from "../../../host-interfaces/clocks.js";
import { type Pollable, pollUntilReady } from "../../../host-interfaces/io/index.js";
import { prepareGuest } from "../io/call-host.js";

test("the monotonic clock never goes back", async () => {
  const { call } = await prepareGuest(clocksPackage, {});
  const now = () => call("monotonic-clock", "now") as bigint;
  let last = now();
  for (let turn = 0; turn < 1000; turn++) {
    const next = now();
    assert.ok(next >= last);
    last = next;
  }
  assert.ok((call("monotonic-clock", "resolution") as bigint) > 0n);
});

test("a pollable for an instant or a duration is ready from then on", async () => {
  const { call } = await prepareGuest(clocksPackage, {});
  const start = call("monotonic-clock", "now") as bigint;
  const at = call("monotonic-clock", "subscribe-instant", start + 1_000_000n) as Pollable;
  const after = call("monotonic-clock", "subscribe-duration", 2_000_000n) as Pollable;
  pollUntilReady([after.waitable]);
  assert.ok((call("monotonic-clock", "now") as bigint) >= start + 2_000_000n);
  assert.ok(at.waitable.ready());
  assert.ok((call("monotonic-clock", "subscribe-instant", 0n) as Pollable).waitable.ready());
});

test("the longest duration is far away and not in the past", async () => {
  const { call } = await prepareGuest(clocksPackage, {});
  for (const name of ["subscribe-duration", "subscribe-instant"]) {
    const pollable = call("monotonic-clock", name, 2n ** 64n - 1n) as Pollable;
    assert.equal(pollable.waitable.ready(), false);
    assert.equal(pollable.waitable.readyAt, 2n ** 64n - 1n);
  }
});

test("the wall clock gives whole seconds and the rest in nanoseconds, also before 1970", async () => {
  const { call } = await prepareGuest(clocksPackage, {});
  const now = vi.spyOn(Date, "now").mockReturnValue(1_700_000_000_123);
  assert.deepEqual(call("wall-clock", "now"), { seconds: 1_700_000_000n, nanoseconds: 123_000_000 });
  now.mockReturnValue(-5);
  assert.deepEqual(call("wall-clock", "now"), { seconds: 0n, nanoseconds: 0 });
});

test("the time zone is always UTC", async () => {
  const { call } = await prepareGuest(clocksPackage, {});
  const when = { seconds: 0n, nanoseconds: 0 };
  assert.equal(call("timezone", "utc-offset", when), 0);
  assert.deepEqual(call("timezone", "display", when), {
    utcOffset: 0,
    name: "UTC",
    inDaylightSavingTime: false,
  });
});
