import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, describe, it } from "vitest";
import { Worker } from "node:worker_threads";
import {
  createByteSink,
  createOutputCredit,
  eventBytes,
  returnCredit,
} from "../../../runtime/sandbox/worker/byte-sinks.js";

const highWater = 1 << 20;

function outstanding(credit: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(credit), 0);
}

/** Whoever is blocked is in another thread, so that this one must give it time to show that it is not. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 150));
}

describe("a guest's output", () => {
  it("is passed on at once and in order while there is credit", () => {
    const credit = createOutputCredit();
    const chunks: string[] = [];
    const neverWaited = (): void => assert.fail("there was credit");
    const sink = createByteSink(credit, (bytes) => chunks.push(Buffer.from(bytes).toString()), neverWaited);
    for (const text of ["one ", "", "two ", "three"]) sink.write(Buffer.from(text));
    assert.equal(chunks.join(""), "one two three");
    assert.equal(outstanding(credit), 13);
    returnCredit(credit, 13);
    assert.equal(outstanding(credit), 0);
  });

  it("is a copy: the guest may write over its memory at once", () => {
    const chunks: Uint8Array[] = [];
    const memory = Buffer.from("before");
    createByteSink(
      createOutputCredit(),
      (bytes) => chunks.push(bytes),
      () => undefined,
    ).write(memory);
    memory.write("after!");
    assert.equal(Buffer.from(chunks[0] ?? []).toString(), "before");
  });
});

describe("a guest that writes more than is read", () => {
  let worker: Worker | undefined;
  afterEach(() => worker?.terminate());

  /** A thread that writes pieces of these sizes, and says when it is through. */
  function write(sizes: readonly number[], credit: SharedArrayBuffer, what = "output", stops?: string) {
    worker = new Worker(new URL("./writing-thread.js", import.meta.url), {
      workerData: { sizes, credit, what, stops },
    });
    const received: number[] = [];
    const state = { received, through: false };
    worker.on("message", (message: number | "through") => {
      if (message === "through") state.through = true;
      else received.push(message);
    });
    const reaches = async (count: number): Promise<void> => {
      while (received.length < count) await once(worker as Worker, "message");
    };
    return { state, reaches };
  }

  it("waits from the high-water mark on, and goes on when bytes have been passed on", async () => {
    const credit = createOutputCredit();
    const piece = highWater / 4;
    const { state, reaches } = write(
      Array.from({ length: 12 }, () => piece),
      credit,
    );
    await reaches(4);
    await quiet();
    assert.equal(state.received.length, 4);
    assert.equal(outstanding(credit), highWater);

    returnCredit(credit, piece);
    await reaches(5);
    await quiet();
    assert.equal(state.received.length, 5);

    for (let index = 0; index < 5; index += 1) returnCredit(credit, piece);
    await reaches(9);
    assert.equal(state.through, false);
    while (!state.through) {
      returnCredit(credit, Math.min(piece, outstanding(credit)));
      await quiet();
    }
    assert.equal(state.received.length, 12);
  });

  it("has a write that is larger than the mark cut into pieces, each of which waits", async () => {
    const credit = createOutputCredit();
    const { state, reaches } = write([3 * highWater + 5], credit);
    await reaches(1);
    await quiet();
    assert.deepEqual(state.received, [highWater]);
    for (let index = 0; index < 3; index += 1) {
      returnCredit(credit, highWater);
      await reaches(index + 2);
    }
    assert.deepEqual(state.received, [highWater, highWater, highWater, 5]);
    assert.equal(outstanding(credit), 5);
  });

  it("never has more on its way than the mark and one piece", async () => {
    const credit = createOutputCredit();
    const { state, reaches } = write([highWater - 1, highWater, highWater], credit);
    await reaches(2);
    await quiet();
    assert.equal(state.received.length, 2);
    assert.equal(outstanding(credit), 2 * highWater - 1);
  });

  it("waits for its denials and log entries too", async () => {
    const credit = createOutputCredit();
    const cost = eventBytes({ type: "log", level: "info", context: "", message: "x".repeat(100_000) });
    const most = Math.ceil(highWater / cost);
    const { state, reaches } = write(
      Array.from({ length: 50 }, () => 100_000),
      credit,
      "log",
    );
    await reaches(most);
    await quiet();
    assert.equal(state.received.length, most);
    returnCredit(credit, cost);
    await reaches(most + 1);
  });

  for (const what of ["output", "log"]) {
    it(`looks again after it has waited, and then nothing more comes out: ${what}`, async () => {
      const credit = createOutputCredit();
      const { reaches, state } = write([highWater, 1], credit, what, "trust was lost");
      await reaches(1);
      await quiet();
      const failed = once(worker as Worker, "error");
      returnCredit(credit, outstanding(credit));
      const [error] = (await failed) as [Error];
      assert.match(error.message, /trust was lost/);
      assert.deepEqual([state.received.length, state.through], [1, false]);
    });
  }

  it("is ended while it waits", async () => {
    const credit = createOutputCredit();
    const { state, reaches } = write([highWater, 1], credit);
    await reaches(1);
    await worker?.terminate();
    assert.equal(state.through, false);
  });
});
