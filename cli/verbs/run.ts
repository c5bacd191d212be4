import { exitCodes, wrapUnknown, type WrunError } from "../../runtime/early.js";
import type { Run, RunReport, Runtime } from "../../runtime/index.js";
import { onInterrupt } from "../interrupt.js";
import { createDenials, type Denials } from "../run/denials.js";
import { flagFor, withFlags } from "../run/granting-flags.js";
import { failureOf } from "../run/outcome-report.js";
import {
  makeKeyvalueFolder,
  type PreparedRequest,
  prepareRequest,
  type RunOptions,
  unblockStdin,
} from "../run/request.js";
import { withRuntime } from "../open-runtime.js";
import type { Session } from "../session.js";
import { openSubject, sourceOf } from "../subject.js";
import { quoted, type ShownError } from "../terminal.js";

export async function run(
  session: Session,
  subjectText: string,
  args: readonly string[],
  options: RunOptions,
): Promise<number> {
  const { terminal } = session;
  const prepared = await prepareRequest(subjectText, args, options);
  if (options.showPolicy === true) {
    const text = Buffer.from(prepared.policy.bytes).toString("utf8");
    terminal.block(text.trimEnd());
    terminal.value({ policy: text });
    return 0;
  }
  return withRuntime(
    session,
    async (runtime) => {
      const denials = createDenials(terminal, options.policy === undefined ? flagFor : undefined);
      const report = await execute(session, runtime, subjectText, prepared, options, denials);
      if ("lost" in report) return tellLost(session, report, denials);
      const code = tell(session, report, denials);
      if (failureOf(report) === undefined) terminal.aside(report.run, options.verbose === true);
      return code;
    },
    session.workers,
  );
}

/** A run that had begun, and has no report: its evidence, or its quarantine, could not be written. */
interface LostRun {
  readonly run: string;
  readonly lost: WrunError;
}

async function execute(
  { terminal }: Session,
  runtime: Runtime,
  subjectText: string,
  prepared: PreparedRequest,
  options: RunOptions,
  denials: Denials,
): Promise<RunReport | LostRun> {
  let running: Run | undefined;
  // Until the guest runs there is nothing to seal, and an interruption ends the process.
  const interrupt = onInterrupt((signal) => {
    if (running === undefined) return false;
    terminal.note("stopping the guest; interrupt again to leave at once");
    running.stop(`interrupted by ${signal}`);
    return true;
  });
  terminal.onOutputLost((why) => {
    running?.stop(why, "output-lost");
    return running !== undefined;
  });
  try {
    const subject = await openSubject(subjectText, terminal);
    await makeKeyvalueFolder(prepared, runtime.node.home);
    unblockStdin();
    running = await runtime.start({
      ...prepared,
      component: sourceOf(subject, options.allowUnsigned === true),
      onOutput: terminal.guest,
      onEvent(event) {
        if (event.type === "denied") denials.add(event);
        if (event.type === "log")
          terminal.event("log", `${event.level} ${quoted(event.context)}: ${event.message}`);
        return terminal.passedOn();
      },
    });
    const { id, finished } = running;
    return await finished.catch((error: unknown) => ({ run: id, lost: wrapUnknown(error) }));
  } catch (error) {
    throw options.policy === undefined ? withFlags(error) : error;
  } finally {
    interrupt.release();
  }
}

/** What the run came to: for `--json` one object, otherwise the value of a call; and what stopped it, if it was stopped. */
function tell({ terminal }: Session, report: RunReport, denials: Denials): number {
  denials.finish(report.calls.denied);
  const { outcome } = report;
  const failure = failureOf(report);
  if (outcome.kind === "returned") terminal.line(outcome.wave);
  terminal.value({
    ...report,
    outcome:
      outcome.kind === "returned" ? { ...outcome, json: JSON.parse(outcome.json) as unknown } : outcome,
    denials: denials.listed,
    denialCount: report.calls.denied,
    ...(failure === undefined ? {} : { error: toJson(failure, outcome.exitCode) }),
  });
  const isTold = outcome.kind === "stopped" && outcome.signal === "output-lost" && terminal.toldOutputLost;
  if (failure !== undefined && !isTold) terminal.failure(failure);
  return terminal.lostOutput ?? outcome.exitCode;
}

/** As much of the same as is known. How many records there are, `wrun lineage verify` says. */
function tellLost({ terminal }: Session, { run: id, lost }: LostRun, denials: Denials): number {
  denials.finish();
  const { message: detail, exitCode } = lost;
  terminal.value({
    run: id,
    outcome: exitCode === exitCodes.evidence ? { kind: "unrecorded", exitCode, detail } : null,
    calls: null,
    records: null,
    denials: denials.listed,
    denialCount: denials.count,
    error: toJson(lost, exitCode),
  });
  terminal.failure(lost);
  return terminal.lostOutput ?? exitCode;
}

function toJson({ code, message, next }: ShownError, exitCode: number): object {
  return { code, message, next, exitCode };
}
