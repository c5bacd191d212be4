import { fstatSync } from "node:fs";
import type { WrunError } from "../../errors/index.js";
import {
  keepHeads,
  newRunId,
  recordedCalls,
  type RunId,
  type RunLineage,
  resumeRunLineage,
} from "../../lineage/index.js";
import { postPolicy, withoutHint } from "../../policy/index.js";
import { createTrustWord, type TrustSignal } from "../../trust/index.js";
import type { AdmittedWorkload } from "../admission/admit.js";
import { keepHomeApart } from "../admission/keep-home-apart.js";
import type { RunEvent, RunRequest } from "../admission/request.js";
import type { StdinSource } from "../host-package.js";
import type { Node } from "../node.js";
import type { CallCounts, Invocation } from "../worker/job.js";
import { begin } from "./genesis.js";
import { type GuestEnding, startGuest } from "./guest.js";
import { type RunOutcome, toOutcome } from "./outcome.js";
import { seal } from "./seal.js";
import { stalenessMs, watchWorkload } from "./watch-workload.js";

/** A run that has been started. */
export interface Run {
  readonly id: RunId;
  /**
   * Stops the guest wherever it is, for a reason that a person gives, or because nobody takes its output any more. Does
   * nothing where it is ending already.
   */
  stop(detail: string, signal?: "operator" | "output-lost"): void;
  /** Settles when the worker is gone and the lineage is sealed. Rejects where the lineage could not be, or where the
   * workload should be in quarantine and that could not be written down. */
  readonly finished: Promise<RunReport>;
}

/** A run, for those who have more reasons to end it than a person's word. */
export interface StartedRun extends Run {
  /** Ends it as one that took longer than `limits.wall`. */
  overtime(): void;
  /** Ends it as a loss of trust does. */
  lose(signal: TrustSignal): void;
}

/** What makes a run one that serves. Its time is that of a request, and is watched by whoever hands them out. */
export interface ServeOrder {
  readonly invocation: Extract<Invocation, { kind: "serve" }>;
  /** There is something on the line. */
  readonly look: () => void;
}

/** What a run came to. */
export interface RunReport {
  readonly run: RunId;
  readonly workload: string;
  readonly component: string;
  readonly policy: string;
  readonly outcome: RunOutcome;
  /** Where the guest was ended before it could count, those that are on record. */
  readonly calls: CallCounts;
  /** How many records the run's lineage has, the seal included. */
  readonly records: number;
}

/**
 * Steps 5 to 8 of a run (design, section 4): genesis, the guest in a worker of its own, and the seal once that worker
 * is gone. Trust is watched from before the guest starts until it has ended.
 */
export function startRun(
  request: RunRequest,
  workload: AdmittedWorkload,
  node: Node,
  order?: ServeOrder,
): StartedRun {
  const offLimits = keepHomeApart(request, node.home);
  const id = newRunId();
  const tell = createEmitter(request.onEvent);
  const emit = (event: RunEvent): void => void tell(event);
  const lineage = begin(id, request, workload, node);
  const handover = lineage.handOver();
  const ring = node.writer.take(handover, (failure) => stop(lineageFailed(failure)));
  const heads = keepHeads({
    handover,
    signer: node.identity.signer,
    onFailure: (failure) => stop(lineageFailed(failure)),
  });

  const trust = createTrustWord();
  trust.extendDeadline(node.trust.view().askedNs + BigInt(stalenessMs(workload)) * 1_000_000n);
  const { memory, tableElements } = workload.policy.manifest.limits;
  const caps = { memoryBytes: memory, tableElements };
  const guest = startGuest(
    {
      code: node.code.codeFor(workload.linked, caps),
      type: workload.component.type,
      policy: postPolicy(workload.policy),
      policyDigest: workload.policy.digest,
      lineage: ring,
      caps,
      offer: {
        args: request.args ?? [],
        env: request.env ?? {},
        roots: request.roots ?? [],
        stdin: offeredStdin(request.stdin),
        keyvalueFolder: request.keyvalueFolder,
        offLimits,
        config: request.config ?? {},
      },
      invocation: order?.invocation ?? request.invocation ?? { kind: "command" },
    },
    trust,
    {
      compiled: (code) => node.code.keep(workload.linked, caps, code),
      started: () => emit({ type: "started", run: id }),
      output: request.onOutput ?? ((_stream, _bytes, done) => done()),
      log: (entry) => tell({ type: "log", ...entry }),
      denied: (denial) => tell({ type: "denied", ...denial }),
      line: () => order?.look(),
    },
    () => node.workers.take(),
  );
  let ending = false;
  const stop = (signal: TrustSignal): void => {
    ending = true;
    guest.stop(signal);
    emit({ type: "signal", kind: signal.kind, detail: signal.detail });
  };
  const monitor = watchWorkload(request, workload, node, {
    word: trust,
    onSignal: stop,
  });
  const overtime = (): void => stop(wallLimit(workload));
  const deadline =
    order === undefined ? setTimeout(overtime, workload.policy.manifest.limits.wallMs) : undefined;

  return {
    id,
    stop(detail, kind = "operator") {
      // Whoever stops a run from its own events would otherwise be told of that, and stop it again.
      if (!ending) stop({ kind, state: "revoked", detail });
    },
    overtime,
    lose: stop,
    finished: finish(),
  };

  async function finish(): Promise<RunReport> {
    const guestEnded = await guest.ended;
    ending = true;
    clearTimeout(deadline);
    monitor.stop();
    if (guestEnded.stoppedInMs !== undefined) emit({ type: "stopped", inMs: guestEnded.stoppedInMs });
    const failure = await node.writer.giveBack(id);
    const follower = await heads.stop();
    const ended = failure === undefined ? guestEnded : unrecorded(guestEnded, failure);
    const outcome = toOutcome(ended);
    const [quarantine] = await Promise.allSettled([
      outcome.kind === "quarantined"
        ? node.quarantine(workload.workload, `run ${id}: ${withoutHint(outcome.detail)}`)
        : undefined,
    ]);
    const resumed = await resumeRunLineage({ folder: node.home.lineage, runId: id, handover, follower });
    const records = letGoOnFailure(resumed, () => seal(resumed, ended, outcome, monitor, node));
    emit({ type: "sealed", records });
    // A list of revocations that cannot be written must not cost the run its seal as well.
    if (quarantine.status === "rejected") throw quarantine.reason;
    return {
      run: id,
      workload: workload.workload,
      component: workload.component.digest,
      policy: workload.policy.digest,
      outcome,
      calls: ended.calls ?? recordedCalls(handover),
      records,
    };
  }
}

/** Events are for watching: what a listener throws surfaces as uncaught, and never gets between a signal and its effect. */
function createEmitter(listener: RunRequest["onEvent"]): (event: RunEvent) => Promise<unknown> | undefined {
  const surface = (error: unknown): void =>
    void setImmediate(() => {
      throw error;
    });
  return (event) => {
    try {
      const told = listener?.(event);
      return told instanceof Promise ? told.catch(surface) : undefined;
    } catch (error) {
      surface(error);
      return undefined;
    }
  };
}

/** A run that cannot be sealed now is let go of, so that it can be recovered before this process ends. */
function letGoOnFailure<Result>(lineage: RunLineage, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    lineage.close();
    throw error;
  }
}

function lineageFailed({ message }: WrunError): TrustSignal {
  return { kind: "lineage-failed", state: "degraded", detail: message };
}

/** However a guest ended, what it did last is not on record. Only what asks for quarantine is worse. */
function unrecorded(ended: GuestEnding, failure: WrunError): GuestEnding {
  return toOutcome(ended).kind === "quarantined" ? ended : { ...ended, stoppedBy: lineageFailed(failure) };
}

function wallLimit(workload: AdmittedWorkload): TrustSignal {
  const { wallMs } = workload.policy.manifest.limits;
  return {
    kind: "limit-exceeded",
    state: "degraded",
    detail: `the run took longer than limits.wall, ${wallMs} ms`,
  };
}

/**
 * A guest's thread that is blocked in the kernel cannot be ended. A socket, which is what Node gives a child as a pipe,
 * cannot be opened a second time without blocking as a pipe can; that this thread opens its standard input, and reads
 * nothing of it, makes the socket one that does not block.
 */
function offeredStdin(stdin: StdinSource = { kind: "empty" }): StdinSource {
  if (stdin.kind === "inherit" && fstatSync(0).isSocket()) process.stdin.pause();
  return stdin;
}
