import assert from "node:assert/strict";
import { test } from "vitest";
import { Worker } from "node:worker_threads";
import {
  ioPackage,
  Pollable,
  pollUntilReady,
  readyAt,
  type Waitable,
} from "../../../host-interfaces/io/index.js";
import { orOnceTrue } from "../../../host-interfaces/io/pollable.js";
import { WrunError } from "../../../runtime/errors/index.js";
import { prepareGuest } from "./call-host.js";

const never: Waitable = { ready: () => false };
const now = { ready: () => true };
const far = 2n ** 64n - 1n;
const soon = () => readyAt(process.hrtime.bigint() + 2_000_000n);

function after(turns: number): Waitable & { turns: number } {
  return {
    turns,
    ready() {
      return --this.turns < 0;
    },
  };
}

test("poll gives the indexes of all that are ready, in order and with repeats", async () => {
  const { call } = await prepareGuest(ioPackage, {});
  const list = [never, now, readyAt(0n), now].map((waitable) => new Pollable(waitable));
  assert.deepEqual(call("poll", "poll", list), Uint32Array.from([1, 2, 3]));
  const [first] = [new Pollable(now)];
  assert.deepEqual(call("poll", "poll", [first, first]), Uint32Array.from([0, 1]));
});

test("polling nothing, or a list beyond reason, breaks the contract", () => {
  for (const list of [[], Array.from({ length: 4097 }, () => now)]) {
    assert.throws(
      () => pollUntilReady(list),
      (error) => error instanceof WrunError && error.code === "GUEST_BROKE_CONTRACT",
    );
  }
});

test("a timer ends a wait for things that never come, and is the one that is ready", () => {
  assert.deepEqual(pollUntilReady([never, soon(), readyAt(far)]), [1]);
});

test("what can only be asked is asked until it is ready", () => {
  assert.deepEqual(pollUntilReady([after(5), readyAt(far)]), [0]);
});

test("something that can wait by itself is waited on, and no longer than the next timer", () => {
  let waited: number | undefined;
  let woken = false;
  const waiting: Waitable = {
    ready: () => woken,
    wait(milliseconds) {
      waited = milliseconds;
      woken = true;
    },
  };
  assert.deepEqual(pollUntilReady([waiting, readyAt(process.hrtime.bigint() + 5_000_000_000n)]), [0]);
  assert.ok(waited !== undefined && waited > 0 && waited <= 5000);
});

test("something that is waited for learns whether the guest waits for nothing else", () => {
  const told: boolean[] = [];
  const waiting = (): Waitable => {
    let woken = false;
    return {
      ready: () => woken,
      wait(_milliseconds, isAlone) {
        told.push(isAlone);
        woken = true;
      },
    };
  };
  pollUntilReady([waiting()]);
  pollUntilReady([orOnceTrue(waiting(), () => false)]);
  pollUntilReady([waiting(), readyAt(far)]);
  assert.deepEqual(told, [true, true, false]);
});

test("ready and block are those of the pollable", async () => {
  const { call } = await prepareGuest(ioPackage, {});
  assert.equal(call("poll", "[method]pollable.ready", new Pollable(never)), false);
  assert.equal(call("poll", "[method]pollable.ready", new Pollable(now)), true);
  const pollable = new Pollable(soon());
  call("poll", "[method]pollable.block", pollable);
  assert.equal(call("poll", "[method]pollable.ready", pollable), true);
});

test("a thread that waits for ever can be ended", async () => {
  const module = new URL("../../../host-interfaces/io/index.js", import.meta.url).href;
  const code = `
    const { pollUntilReady, readyAt } = await import(${JSON.stringify(module)});
    const { parentPort } = await import("node:worker_threads");
    parentPort.postMessage("waiting");
    pollUntilReady([readyAt(${far}n), { ready: () => false }]);
    parentPort.postMessage("woken");`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  const messages: unknown[] = [];
  worker.on("message", (message) => messages.push(message));
  await new Promise((resolve) => worker.once("message", resolve));
  assert.equal(await worker.terminate(), 1);
  assert.deepEqual(messages, ["waiting"]);
});
