import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "vitest";
import { Worker } from "node:worker_threads";
import * as fc from "fast-check";
import { SharedRing } from "../../../runtime/sandbox/serving/shared-ring.js";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const make = (capacity: number) => {
  const memory = new SharedArrayBuffer(SharedRing.bytesFor(capacity));
  return { memory, ring: new SharedRing(memory, 0, capacity) };
};

describe("a ring between two threads", () => {
  it("gives frames back as they were put in, in order", () => {
    const { ring } = make(64);
    assert.ok(ring.put(1, 7, bytes("one")));
    assert.ok(ring.put(2, 4_294_967_295, bytes("")));
    assert.deepEqual(ring.peek(), { kind: 1, exchange: 7, length: 3 });
    const first = ring.take();
    assert.deepEqual(
      [first?.kind, first?.exchange, Buffer.from(first?.content ?? []).toString()],
      [1, 7, "one"],
    );
    assert.deepEqual(ring.take(), { kind: 2, exchange: 4_294_967_295, content: new Uint8Array() });
    assert.equal(ring.take(), undefined);
  });

  it("takes nothing of a frame that does not fit, and all of it once there is room", () => {
    const { ring } = make(64);
    assert.ok(ring.put(1, 1, new Uint8Array(40)));
    assert.equal(ring.put(2, 1, new Uint8Array(ring.room + 1)), false);
    assert.equal(ring.put(2, 1, new Uint8Array(20)), false);
    ring.take();
    assert.ok(ring.put(2, 1, new Uint8Array(ring.longest)));
    assert.equal(ring.take()?.content.byteLength, ring.longest);
    assert.ok(ring.isEmpty);
  });

  it("never mixes frames, whatever their lengths and wherever they wrap", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 200 }),
        fc.nat(3),
        (contents, lag) => {
          const { ring } = make(256);
          const waiting: Uint8Array[] = [];
          const takeOne = (): void => {
            const expected = waiting.shift();
            assert.deepEqual(Buffer.from(ring.take()?.content ?? []), Buffer.from(expected ?? []));
          };
          for (const content of contents) {
            while (!ring.put(1, 1, content)) takeOne();
            waiting.push(content);
            if (waiting.length > lag) takeOne();
          }
          while (waiting.length > 0) takeOne();
          assert.ok(ring.isEmpty);
        },
      ),
    );
  });

  it("goes on where its counters pass 2^32", () => {
    const { memory, ring } = make(64);
    new Int32Array(memory, 0, 2).fill(-5);
    assert.ok(ring.isEmpty);
    for (const text of ["before", "across", "behind"]) {
      assert.ok(ring.put(1, 1, bytes(text)));
      assert.equal(Buffer.from(ring.take()?.content ?? []).toString(), text);
    }
  });

  it("refuses a capacity that its counters could not wrap at", () => {
    for (const capacity of [0, 63, 100, 192]) assert.throws(() => make(capacity), RangeError);
  });

  it("carries more than it holds from one thread to another that waits for it", async () => {
    const { memory, ring } = make(1024);
    const url = new URL("../../../runtime/sandbox/serving/shared-ring.js", import.meta.url).href;
    const worker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       import(${JSON.stringify(url)}).then(({ SharedRing }) => {
         const ring = new SharedRing(workerData, 0, 1024);
         let sum = 0;
         for (;;) {
           const frame = ring.take();
           if (frame === undefined) ring.waitForFrame(60_000);
           else if (frame.kind === 2) break;
           else for (const byte of frame.content) sum += byte;
         }
         parentPort.postMessage(sum);
       });`,
      { eval: true, workerData: memory },
    );
    const answer = once(worker, "message");
    const put = (kind: number, content: Uint8Array): void => {
      while (!ring.put(kind, 1, content)) ring.waitForRoom(content.byteLength, 60_000);
    };
    for (let times = 0; times < 500; times += 1) put(1, new Uint8Array(700).fill(1));
    put(2, new Uint8Array());
    assert.deepEqual(await answer, [350_000]);
    await worker.terminate();
  });
});
