import { join } from "node:path";
import { type WrunError, wrapUnknown } from "../errors/index.js";
import { hasCode, replaceFileBeside, syncBeside } from "../files/index.js";
import { signHead } from "./checkpoint.js";
import { RunFollower } from "./follow-run.js";
import type { JournalHandover } from "./handover.js";
import { broken } from "./read-run.js";
import { headName, runFolder, segmentName, writeFailure } from "./run-folder.js";
import type { LineageSigner } from "./types.js";
import { WriterState, type WrittenRun } from "./writer-state.js";

/** How long after one head was begun the next one is, in ms, unless that one took longer. */
const periodMs = 300;

/** How long a lack of descriptors may last before it ends the run, in ms. Meanwhile the writer takes no more records. */
const longestLackMs = 10_000;

/** Signs heads of a run for as long as somebody else writes it. */
export interface RunHeads {
  /** Signs no more. Resolves once nothing of the run is read, with whoever has read it until then. */
  stop(): Promise<RunFollower>;
}

export interface KeepHeadsOptions {
  readonly handover: JournalHandover;
  readonly signer: LineageSigner;
  /**
   * Called at most once, where what is on the disk is not what was written, or no head can be signed or written. A lack of
   * descriptors is waited for, {@link longestLackMs} long: it says nothing about the run, and ends when others close theirs.
   */
  readonly onFailure: (failure: WrunError) => void;
  /** For tests: {@link periodMs}. */
  readonly periodMs?: number;
  /** For tests: {@link longestLackMs}. */
  readonly longestLackMs?: number;
}

/**
 * Reads behind the writer of a run and puts a signed head over what it has read beside the segments, while there is anything
 * to sign. A head covers only what is on the disk for good, and what is, byte for byte, what the writer wrote: whoever
 * changes a file under a running guest ends the run. The writer takes no more records while heads are not kept up with
 * (`longestUncovered` in `writer/writer-loop.ts`).
 */
export function keepHeads(options: KeepHeadsOptions): RunHeads {
  const { handover, signer, onFailure } = options;
  const state = new WriterState(handover.state);
  const follower = new RunFollower(handover.folder, handover.runId);
  let signed = 1;
  let stopped = false;
  let going: Promise<void> = Promise.resolve();
  let lackingSinceNs: bigint | undefined;
  state.cover(process.hrtime.bigint());
  let timer = rest(0);

  function rest(tookMs: number): NodeJS.Timeout {
    const begin = (): void => {
      going = next();
    };
    return setTimeout(begin, Math.max(0, (options.periodMs ?? periodMs) - tookMs)).unref();
  }
  async function next(): Promise<void> {
    const begunNs = process.hrtime.bigint();
    try {
      const written = state.published;
      if (written === undefined) return;
      if (written.records !== signed) await signOver(written, follower, handover, signer);
      signed = written.records;
      lackingSinceNs = undefined;
      state.cover(begunNs);
      if (!stopped) timer = rest(Number(process.hrtime.bigint() - begunNs) / 1e6);
    } catch (error) {
      if (stopped) return;
      if (isLackOfDescriptors(error)) {
        lackingSinceNs ??= begunNs;
        if (Number(begunNs - lackingSinceNs) / 1e6 < (options.longestLackMs ?? longestLackMs)) {
          timer = rest(0);
          return;
        }
      }
      stopped = true;
      onFailure(wrapUnknown(error));
    }
  }
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await going;
      return follower;
    },
  };
}

async function signOver(
  written: WrittenRun,
  follower: RunFollower,
  { folder, runId }: JournalHandover,
  signer: LineageSigner,
): Promise<void> {
  const run = runFolder(folder, runId);
  if (!(await follower.readTo(written))) {
    const { segment, offset } = follower.next;
    const reason = "its records are not the ones that were written";
    throw broken(runId, { file: segmentName(segment), offset, sequence: follower.tree.size, reason });
  }
  const head = signHead(runId, follower.tree, signer);
  try {
    // A head that survived power loss where its records did not would make a loss look like tampering. Earlier segments were
    // synced when they were full.
    await syncBeside(join(run, segmentName(follower.headFrame.segment)));
    await replaceFileBeside(join(run, headName), head);
  } catch (error) {
    throw writeFailure(run, error);
  }
}

function isLackOfDescriptors(error: unknown): boolean {
  const { cause = error } = wrapUnknown(error);
  return hasCode(cause, "EMFILE", "ENFILE");
}
