/**
 * Stands for a guest's worker: records `calls` calls of a class through a ring, tells how far it came, and then begins one
 * more call from which it does not return.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Durability } from "../../../runtime/lineage/index.js";
import { CallRecorder, openCallRing, type RingHandover } from "../../../runtime/lineage/in-worker.js";
import { noHandles, recordThrough, sampleCall } from "../ring-run.js";

export interface GuestThreadData {
  readonly ring: RingHandover;
  readonly calls: number;
  readonly durability: Durability;
}

const { ring, calls, durability } = workerData as GuestThreadData;
const recorder = new CallRecorder(openCallRing(ring));
let made = 0;
try {
  for (; made < calls; made++) recordThrough(recorder, sampleCall([made]), made, durability);
  recorder.intent(sampleCall(["the last"]), durability, noHandles);
  parentPort?.postMessage({ made });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
} catch (error) {
  parentPort?.postMessage({ made, code: (error as { code?: string }).code });
}
