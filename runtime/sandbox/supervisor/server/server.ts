import { createTrustWord, type TrustSignal } from "../../../trust/index.js";
import { type AdmittedWorkload, readmit } from "../../admission/admit.js";
import { findHandler } from "../../admission/find-handler.js";
import { keepHomeApart } from "../../admission/keep-home-apart.js";
import type { RunEvent, RunRequest } from "../../admission/request.js";
import type { Node } from "../../node.js";
import type { ResponseFailure } from "../../serving/exchange.js";
import { type RunReport, startRun } from "../run.js";
import { watchWorkload } from "../watch-workload.js";
import type { ClientExchange, ExchangeEnd } from "./client-exchange.js";
import { Instances } from "./instances.js";
import { listen } from "./listener.js";

/** A component that is to answer requests, and what its runs are offered. */
export interface ServeRequest extends Omit<RunRequest, "invocation" | "stdin" | "onEvent"> {
  /** As {@link RunRequest.onEvent}. */
  readonly onEvent?: (event: ServerEvent) => unknown;
}

/** Where a server listens. */
export interface ServeAddress {
  /** An address of this machine, or a name for one. Default `127.0.0.1`. */
  readonly host?: string;
  /** 0 takes any that is free. */
  readonly port: number;
}

/** What happens on a server, as it happens. `run` is null where no run was begun for a request. */
export type ServerEvent =
  | ({ readonly type: "request"; readonly run: string | null } & ExchangeEnd)
  | { readonly type: "run"; readonly run: string; readonly event: RunEvent }
  | { readonly type: "ended"; readonly report: RunReport };

/** A server that listens. */
export interface Server {
  /** `http://127.0.0.1:8080`, without a slash at its end. */
  readonly url: string;
  /** `127.0.0.1:8080`. */
  readonly address: string;
  readonly port: number;
  /** Takes no more requests, has those answered that it has, and ends. */
  stop(): void;
  /** Ends at once: guests are stopped wherever they are, and clients see their connections break off. */
  abort(detail: string): void;
  /** Settles when no guest runs any more and every run is sealed. Rejects where a run could not be. */
  readonly finished: Promise<ServeReport>;
}

/** Why a server ended. */
export type ServeEnd =
  /** It was asked to. */
  | { readonly kind: "stopped" }
  /** Trust was lost in what its workload rests on. */
  | { readonly kind: "signal"; readonly signal: string; readonly detail: string }
  /** A run ended in a way that another one would not mend. */
  | { readonly kind: "run"; readonly report: RunReport };

/** What a server came to. */
export interface ServeReport {
  readonly workload: string;
  readonly component: string;
  readonly policy: string;
  readonly end: ServeEnd;
  readonly requests: number;
  readonly runs: number;
}

/**
 * Serves an admitted workload. Trust is watched for as long as the server is there, whether a guest runs or not; when it
 * is lost, requests are refused, guests are ended, and so is the server.
 *
 * @throws WrunError `HOME_WITHIN_REACH`, `COMPONENT_SERVES_NOTHING`, `EXPORT_TYPE_MISMATCH`, `SERVE_ADDRESS_UNUSABLE`
 */
export async function startServer(
  request: ServeRequest,
  workload: AdmittedWorkload,
  node: Node,
  { host = "127.0.0.1", port }: ServeAddress,
): Promise<Server> {
  keepHomeApart(request, node.home);
  const exported = findHandler(workload, node);
  const { serve: serving, limits } = workload.policy.manifest;
  const { onEvent, ...offer } = request;
  const emit = (event: ServerEvent): unknown => onEvent?.(event);
  const counts = { requests: 0, runs: 0 };
  const active = new Set<ClientExchange>();
  let state: "serving" | "draining" | "ended" = "serving";
  let end: ServeEnd = { kind: "stopped" };
  let fault: { readonly error: unknown } | undefined;
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => (settle = resolve));

  const instances = new Instances({
    serving,
    wallMs: limits.wallMs,
    retireAfterMs: request.authorization === undefined ? halfLife(workload) : undefined,
    start(line, look) {
      counts.runs += 1;
      const once = serving.instances === "per-request";
      const { onRunEvent, named } = namedEvents(emit);
      const run = startRun({ ...offer, onEvent: onRunEvent }, readmit(workload, offer, node), node, {
        invocation: { kind: "serve", line, once, exported },
        look,
      });
      named(run.id);
      return run;
    },
    onEnd(report) {
      emit({ type: "ended", report });
      if (isFinal(report)) lose({ kind: "run", report }, signalFor(`the run ${report.run} was ended`));
    },
    onFault(error) {
      fault ??= { error };
      lose(end, signalFor("a run could not be begun or sealed"));
    },
  });

  // Of reused ones there are two while one takes the place of the other.
  const runs = serving.instances === "reused" ? 2 : serving.concurrency;
  const listener = await listen({ host, port, runs }, (exchange) => {
    counts.requests += 1;
    const refusal = refusalOf(exchange);
    if (refusal === undefined) {
      take(exchange);
      return true;
    }
    exchange.watch(
      () => undefined,
      () => emit({ type: "request", run: null, ...exchange.describe() }),
    );
    exchange.fail(refusal);
    return false;
  });

  const monitor = watchWorkload(offer, workload, node, {
    word: createTrustWord(),
    isRenewed: request.authorization === undefined,
    onSignal: (signal) => lose({ kind: "signal", signal: signal.kind, detail: signal.detail }, signal),
  });

  /** For a request that no guest is asked about. */
  function refusalOf({ statedLength, network }: ClientExchange): ResponseFailure | undefined {
    if (state !== "serving") return { status: 503, detail: "the server is ending" };
    if (active.size >= serving.concurrency)
      return { status: 503, detail: `there are ${active.size} requests at once` };
    const ofClient = [...active].filter((one) => one.network === network).length;
    if (ofClient >= serving.perClient)
      return {
        status: 429,
        detail: `this client has ${ofClient} requests at once, as serve.perClient permits`,
      };
    return statedLength > serving.requestBody
      ? { status: 413, detail: `the body has more than ${serving.requestBody} bytes` }
      : undefined;
  }

  /** It has a place until the guest is done with it and the client is as well. */
  function take(exchange: ClientExchange): void {
    active.add(exchange);
    let run: string | null = null;
    let left = 2;
    const part = (): void => {
      left -= 1;
      if (left > 0) return;
      active.delete(exchange);
      emit({ type: "request", run, ...exchange.describe() });
      if (state === "draining" && active.size === 0) settle();
    };
    exchange.watch(() => undefined, part);
    instances.serve(exchange, (id) => {
      run = id;
      part();
    });
  }

  function lose(why: ServeEnd, signal: TrustSignal): void {
    if (state === "ended") return;
    state = "ended";
    end = why;
    // Whoever waits gets an answer, as far as there is none yet; then nothing is left to be said.
    for (const exchange of active) exchange.fail({ status: 503, detail: signal.detail });
    instances.lose(signal);
    void listener.close();
    setTimeout(() => listener.cut(), cutAfterMs).unref();
    settle();
  }

  function drain(): void {
    if (state !== "serving") return;
    state = "draining";
    void listener.close();
    if (active.size === 0) settle();
  }

  instances.prepare();
  const finish = async (): Promise<ServeReport> => {
    await settled;
    state = "ended";
    await instances.close();
    monitor.stop();
    listener.cut();
    if (fault !== undefined) throw fault.error;
    const { workload: name, component, policy } = workload;
    return { workload: name, component: component.digest, policy: policy.digest, end, ...counts };
  };
  const finished = finish();
  // Whoever started it may be busy with something else when it fails.
  finished.catch(() => undefined);
  return {
    url: listener.url,
    address: listener.address,
    port: listener.port,
    stop: drain,
    abort: (detail) => lose(end, signalFor(detail)),
    finished,
  };
}

/** Puts the run's id to its events, also to those that come before it is known. */
function namedEvents(emit: (event: ServerEvent) => unknown): {
  readonly onRunEvent: (event: RunEvent) => unknown;
  readonly named: (run: string) => void;
} {
  let id: string | undefined;
  const early: RunEvent[] = [];
  const onRunEvent = (event: RunEvent): unknown => {
    if (id !== undefined) return emit({ type: "run", run: id, event });
    early.push(event);
    return undefined;
  };
  return {
    onRunEvent,
    named(run) {
      id = run;
      for (const event of early.splice(0)) void onRunEvent(event);
    },
  };
}

/** So long a refused client may take to read that it was refused. */
const cutAfterMs = 1000;

function signalFor(detail: string): TrustSignal {
  return { kind: "operator", state: "revoked", detail };
}

/** Half of the time for which the node's own authorization is good: another run gets another one. */
function halfLife({ authorization }: AdmittedWorkload): number {
  return Math.max(1000, (authorization.usableUntil - Date.now()) / 2);
}

/** A guest that trapped may do better with the next request. What these say holds for the next run as well. */
function isFinal({ outcome }: RunReport): boolean {
  switch (outcome.kind) {
    case "served":
    case "exited":
    case "returned":
    case "denied":
    case "trapped":
      return false;
    case "refused":
      return outcome.code !== "WORKER_NOT_STARTED";
    case "quarantined":
    case "stopped":
    case "unrecorded":
      return true;
  }
}
