import type { Serving } from "../../../policy/index.js";
import type { TrustSignal } from "../../../trust/index.js";
import type { ResponseFailure } from "../../serving/exchange.js";
import type { RunReport } from "../run.js";
import type { ClientExchange } from "./client-exchange.js";
import { ServingRun, type StartServing } from "./serving-run.js";

/** What hands out requests to runs is made of. */
export interface InstanceOptions {
  readonly serving: Serving;
  /** `limits.wall`, which is a request's here. */
  readonly wallMs: number;
  /** A reused run ends after this time, before its authorization runs out; undefined where nothing renews that. */
  readonly retireAfterMs: number | undefined;
  /** Begins a run that takes one request, or many. Throws where it cannot be begun. */
  readonly start: StartServing;
  /** A run is over. */
  readonly onEnd: (report: RunReport) => void;
  /** A run could not be begun, or not be sealed. */
  readonly onFault: (error: unknown) => void;
}

/** Told once no guest has to do with a request any more; `run` is null where none ever had. */
type WhenFree = (run: string | null) => void;

/** Hands out requests to runs, and watches over their time. */
export class Instances {
  readonly #options: InstanceOptions;
  readonly #runs = new Map<ServingRun, Promise<void>>();
  readonly #waiting: { readonly exchange: ClientExchange; readonly whenFree: WhenFree }[] = [];
  /** The run that is reused, if there is one. */
  #reused: ServingRun | undefined;
  #retirement: NodeJS.Timeout | undefined;
  #busy = 0;
  #isOver = false;

  constructor(options: InstanceOptions) {
    this.#options = options;
  }

  /** Begins the run that will be reused, so that the first request need not wait for it. */
  prepare(): void {
    if (this.#options.serving.instances === "reused") this.#attempt(() => this.#begin());
  }

  /** Has the request answered, sooner or later. */
  serve(exchange: ClientExchange, whenFree: WhenFree): void {
    this.#waiting.push({ exchange, whenFree });
    this.#next();
  }

  /** For when no request is left: ends what waits for more. Resolves when no run is left. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#retire();
    await Promise.all(this.#runs.values());
  }

  /** Ends all runs wherever they are. */
  lose(signal: TrustSignal): void {
    this.#isOver = true;
    for (const { whenFree } of this.#waiting.splice(0)) whenFree(null);
    for (const { run } of this.#runs.keys()) run.lose(signal);
  }

  #next(): void {
    while (!this.#isOver && this.#hasRoom()) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      // Whoever waited and left is not worth a guest's time.
      if (item.exchange.isGone) item.whenFree(null);
      else this.#hand(item.exchange, item.whenFree);
    }
  }

  /** Runs that are being sealed count as well: they must not pile up behind a slow disk. */
  #hasRoom(): boolean {
    const { instances, concurrency } = this.#options.serving;
    return instances === "reused" ? this.#busy === 0 : this.#runs.size < 2 * concurrency;
  }

  #hand(exchange: ClientExchange, whenFree: WhenFree): void {
    const { serving, wallMs } = this.#options;
    const serves = this.#reused ?? this.#attempt(() => this.#begin());
    if (serves === undefined) {
      exchange.fail({ status: 503, detail: "no run could be begun" });
      whenFree(null);
      return;
    }
    this.#busy += 1;
    const timer = setTimeout(() => {
      exchange.fail({ status: 504, detail: `the request took longer than limits.wall, ${wallMs} ms` });
      serves.run.overtime();
    }, wallMs);
    serves.assign(exchange, serving, () => {
      clearTimeout(timer);
      this.#busy -= 1;
      whenFree(serves.run.id);
      if (this.#reused === serves && serves.requests >= serving.requestsPerInstance) this.#retire();
      this.#next();
    });
  }

  #attempt<Result>(act: () => Result): Result | undefined {
    try {
      return act();
    } catch (error) {
      this.#options.onFault(error);
      return undefined;
    }
  }

  #begin(): ServingRun {
    const serves = new ServingRun(this.#options.start);
    if (this.#options.serving.instances === "reused") this.#reuse(serves);
    this.#runs.set(serves, this.#follow(serves));
    return serves;
  }

  /** Until the run is over. */
  async #follow(serves: ServingRun): Promise<void> {
    try {
      const report = await serves.run.finished;
      this.#forget(serves);
      serves.ended(failureOf(report));
      this.#options.onEnd(report);
    } catch (error) {
      this.#forget(serves);
      serves.ended({ status: 500, detail: String(error) });
      this.#options.onFault(error);
    }
    this.#next();
  }

  #reuse(serves: ServingRun): void {
    this.#reused = serves;
    const { retireAfterMs } = this.#options;
    if (retireAfterMs === undefined) return;
    this.#retirement = setTimeout(() => {
      if (this.#reused === serves) this.#retire();
    }, retireAfterMs);
    this.#retirement.unref();
  }

  /** The run ends when it has answered what it has; the next request begins another one. */
  #retire(): void {
    clearTimeout(this.#retirement);
    this.#reused?.close();
    this.#reused = undefined;
  }

  #forget(serves: ServingRun): void {
    this.#runs.delete(serves);
    if (this.#reused !== serves) return;
    clearTimeout(this.#retirement);
    this.#reused = undefined;
  }
}

/** The client learns that it was the server's fault, and nothing more. */
function failureOf({ outcome }: RunReport): ResponseFailure {
  const detail = "detail" in outcome ? outcome.detail : "the run ended before the response was complete";
  const isForNow =
    outcome.kind === "stopped" || (outcome.kind === "refused" && outcome.code === "WORKER_NOT_STARTED");
  return { status: isForNow ? 503 : 500, detail };
}
