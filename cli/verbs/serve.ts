import {
  type Runtime,
  type ServeReport,
  type Server,
  type ServerEvent,
  WrunError,
} from "../../runtime/index.js";
import { onInterrupt } from "../interrupt.js";
import { parsePort } from "../port.js";
import { createDenials, type Denials } from "../run/denials.js";
import { flagFor, withFlags } from "../run/granting-flags.js";
import { failureOf } from "../run/outcome-report.js";
import { makeKeyvalueFolder, prepareRequest, type RunOptions } from "../run/request.js";
import { withRuntime } from "../open-runtime.js";
import { guestWorkers, type Session } from "../session.js";
import { openSubject, sourceOf } from "../subject.js";
import { lineOf } from "../line-forms.js";
import { type ShownError, quoted, type Terminal } from "../terminal.js";

/** Each is for one request where requests do not share an instance, and is replaced while that is answered. */
const workersAhead = 2;

export interface ServeOptions extends Omit<RunOptions, "invoke"> {
  readonly host: string;
  readonly port: string;
}

export async function serve(
  session: Session,
  subjectText: string,
  args: readonly string[],
  options: ServeOptions,
): Promise<number> {
  const { terminal } = session;
  const address = { host: options.host, port: parsePort(options.port) };
  const { stdin: _, ...prepared } = await prepareRequest(subjectText, args, options);
  if (options.showPolicy === true) {
    const text = Buffer.from(prepared.policy.bytes).toString("utf8");
    terminal.block(text.trimEnd());
    terminal.value({ policy: text });
    return 0;
  }
  const work = async (runtime: Runtime): Promise<number> => {
    const denials = createDenials(terminal, options.policy === undefined ? flagFor : undefined);
    const subject = await openSubject(subjectText, terminal);
    await makeKeyvalueFolder(prepared, runtime.node.home);
    let server: Server;
    try {
      server = await runtime.serve(
        {
          ...prepared,
          component: sourceOf(subject, options.allowUnsigned === true),
          onOutput: terminal.guest,
          onEvent(event) {
            tell(terminal, denials, event, options.verbose === true);
            return terminal.passedOn();
          },
        },
        address,
      );
    } catch (error) {
      throw options.policy === undefined ? withFlags(error) : error;
    }
    return untilItEnds(terminal, server, subjectText, denials);
  };
  return withRuntime(session, work, guestWorkers(workersAhead));
}

async function untilItEnds(
  terminal: Terminal,
  server: Server,
  subject: string,
  denials: Denials,
): Promise<number> {
  const interrupt = onInterrupt(() => {
    terminal.note("answering what is under way; interrupt again to leave at once");
    server.stop();
    return true;
  });
  terminal.onOutputLost(() => {
    server.stop();
    return true;
  });
  terminal.line(lineOf("serving", `${subject} at ${server.url}`));
  terminal.value({ event: "listening", url: server.url, address: server.address });
  try {
    const report = await server.finished;
    denials.finish();
    const { end, ...counts } = report;
    const failure = failureOfServer(report);
    terminal.value({
      event: "stopped",
      ...counts,
      end: end.kind === "run" ? { kind: end.kind, run: end.report.run } : end,
      ...(failure === undefined
        ? {}
        : {
            error: {
              code: failure.code,
              message: failure.message,
              next: failure.next,
              exitCode: failure.exitCode,
            },
          }),
    });
    if (failure !== undefined) terminal.failure(failure);
    else terminal.note(`the server has ended after ${report.requests} requests in ${report.runs} runs`);
    return terminal.lostOutput ?? failure?.exitCode ?? 0;
  } finally {
    interrupt.release();
  }
}

/** Whatever the guest did wrong is told; that somebody was turned away only where it was asked for. */
function tell(terminal: Terminal, denials: Denials, event: ServerEvent, verbose: boolean): void {
  if (event.type === "request") {
    const { type: _, ...request } = event;
    terminal.value({ event: "request", ...request });
    const { run, method, path, status, milliseconds, failure } = event;
    if (!verbose && (failure === null || run === null)) return;
    const outcome = failure === null ? "" : `: ${failure}`;
    const where = run === null ? "" : ` in run ${run}`;
    const answer = `${status || "-"} after ${milliseconds.toFixed(1)} ms`;
    terminal.event("request", `${quoted(method)} ${quoted(path)} ${answer}${where}${outcome}`);
  } else if (event.type === "ended") {
    const { run, outcome, calls, records } = event.report;
    terminal.value({ event: "run", run, outcome, calls, records });
  } else if (event.event.type === "denied") {
    const { type: _, ...denial } = event.event;
    denials.add(denial);
    terminal.value({ event: "denied", run: event.run, ...denial });
  } else if (event.event.type === "log") {
    const { level, context, message } = event.event;
    terminal.value({ event: "log", run: event.run, level, context, message });
    terminal.event("log", `${level} ${quoted(context)}: ${message}`);
  }
}

/** Undefined where it ended because it was asked to. */
function failureOfServer({ workload, end }: ServeReport): ShownError | undefined {
  if (end.kind === "run") return failureOf(end.report);
  if (end.kind === "stopped") return undefined;
  return new WrunError("SERVER_STOPPED", { workload, signal: end.signal, detail: end.detail });
}
