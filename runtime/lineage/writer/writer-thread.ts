import { WrunError } from "../../errors/index.js";
import type { JournalHandover } from "../handover.js";
import { createRing } from "../ring/layout.js";
import type { RingHandover } from "../ring/open-ring.js";
import type { RunId } from "../types.js";
import { startThread, type Thread } from "./thread.js";

/**
 * The one thread of a process that writes the lineage of its running runs. It is started when it is first needed, keeps no
 * process alive by itself, and where it breaks every run that it writes has failed; the next run starts another one.
 */
export interface WriterThread {
  /** Starts the thread ahead of the first run. */
  start(): void;
  /**
   * Hands a run over to it. From here on its records come out of the ring that is returned, for the guest's worker.
   * @param onFailure called at most once, when nothing more of the run can be recorded
   */
  take(handover: JournalHandover, onFailure: (failure: WrunError) => void): RingHandover;
  /**
   * Settles when all that the guest's worker, which must be gone, has published is written and the run's files are let go
   * of. The failure is why not all of it is: then what was published last may be missing.
   */
  giveBack(runId: RunId): Promise<WrunError | undefined>;
  /** Ends the thread once all runs are given back. */
  close(): void;
}

export interface WriterThreadOptions {
  /** Size of each run's ring, a power of two; see `createRing`. */
  readonly ringBytes?: number;
  /** For tests: another entry of the thread. */
  readonly entry?: URL;
}

export function createWriterThread(options: WriterThreadOptions = {}): WriterThread {
  const { ringBytes, entry = new URL("./writer-main.js", import.meta.url) } = options;
  let current: Thread | undefined;
  let closed = false;
  const owners = new Map<RunId, Thread>();

  const live = (): Thread => {
    if (current === undefined || current.isGone) current = startThread(entry);
    return current;
  };
  const endIfUnused = (): void => {
    if (closed && owners.size === 0) current?.end();
  };
  return {
    start: () => void live(),
    take(handover, onFailure) {
      const { runId } = handover;
      const memory = createRing(ringBytes);
      const clockOriginNs = process.hrtime.bigint();
      const clockEpochNs = BigInt(Date.now()) * 1_000_000n;
      const owner = live();
      owners.set(runId, owner);
      owner.take({ handover, memory, clockEpochNs }, onFailure);
      return { runId, memory, bell: owner.bell, clockOriginNs };
    },
    async giveBack(runId) {
      const owner = owners.get(runId);
      if (owner === undefined)
        throw new WrunError("INTERNAL", { reason: `run ${runId} is not being written` });
      try {
        return await owner.giveBack(runId);
      } finally {
        owners.delete(runId);
        endIfUnused();
      }
    },
    close() {
      closed = true;
      endIfUnused();
    },
  };
}
