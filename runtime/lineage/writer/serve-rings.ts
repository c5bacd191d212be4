import { setImmediate } from "node:timers/promises";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { Doorbell } from "../ring/doorbell.js";
import { describeFailure } from "../ring/failure.js";
import type { SegmentIo } from "../segment-io.js";
import type { FromWriter, ToWriter } from "./messages.js";
import { WriterLoop } from "./writer-loop.js";

/** How long it looks for more before it sleeps, so that a guest that waits for each record is not kept waiting by the
 * scheduler twice. */
const attentiveMs = 0.03;
/** How long it sleeps at most while something is going on beside the thread, or not long after there was work. */
const syncingMs = 0.2;
const dozingMs = 1;
/** From then on it sleeps until somebody rings. */
const idleMs = 50;
/** How long the event loop may be kept from its turn by work. */
const longestTurnMs = 1;

/** The life of the writer thread. It does not return: the supervisor ends the thread, or the process does. */
export async function serveRings(
  port: MessagePort,
  bellMemory: SharedArrayBuffer,
  io: SegmentIo,
): Promise<never> {
  const post = (message: FromWriter): void => port.postMessage(message);
  const bell = new Doorbell(bellMemory);
  const loop = new WriterLoop({
    io,
    onFailure: (runId, failure) => post({ kind: "failed", runId, failure: describeFailure(failure) }),
  });
  const readMail = (): boolean => {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return false;
    const { message }: { message: ToWriter } = received;
    if (message.kind === "take") {
      loop.take(message.run);
    } else {
      const { runId } = message;
      loop.giveBack(runId, (failure) => {
        post({
          kind: "given-back",
          runId,
          failure: failure === undefined ? undefined : describeFailure(failure),
        });
      });
    }
    return true;
  };
  const hasWork = (): boolean => readMail() || loop.hasWork();

  let workedAt = performance.now();
  let yieldedAt = workedAt;
  for (;;) {
    readMail();
    const worked = loop.turn();
    const now = performance.now();
    if (worked) workedAt = now;
    else if (loop.isSyncing) bell.sleep(syncingMs, hasWork);
    else if (now - workedAt > idleMs && !loop.isOpen) bell.sleep(undefined, hasWork);
    else if (now - workedAt > attentiveMs) bell.sleep(dozingMs, hasWork);
    if (loop.isSyncing || now - yieldedAt > longestTurnMs) {
      // What goes on beside the thread is told to the event loop.
      await setImmediate();
      yieldedAt = performance.now();
    }
  }
}
