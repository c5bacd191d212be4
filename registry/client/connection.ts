import { lookup as resolve } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { z } from "zod";
import { WrunError } from "../../runtime/index.js";
import { isLoopbackAddress } from "../loopback.js";
import { type ClientLimits, defaultClientLimits, maxRemarkBytes, type TransferOptions } from "./limits.js";
import { readBody } from "./read-body.js";
import type { Reference } from "./reference.js";
import { transportFault } from "./transport-fault.js";

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** From `/v2/` on, with its query. */
  readonly path: string;
  /** For messages; continues "while": "pulling the manifest". */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable | Uint8Array;
  /** Any other status is an error. */
  readonly accept: readonly number[];
}

export type RegistryAnswer = Dispatcher.ResponseData;

/** A conversation with one registry, about one reference. It never talks to any other host. */
export class Connection {
  readonly reference: Reference;
  readonly limits: ClientLimits;
  readonly #pool: Pool;
  readonly #signal: AbortSignal;

  constructor(reference: Reference, options: TransferOptions) {
    this.reference = reference;
    this.limits = { ...defaultClientLimits, ...options.limits };
    this.#pool = new Pool(reference.origin, {
      connections: 2,
      connect: {
        timeout: this.limits.connectTimeoutMs,
        ...(reference.origin.startsWith("http://") ? { lookup: lookupLoopback } : {}),
      },
      headersTimeout: this.limits.silenceTimeoutMs,
      bodyTimeout: this.limits.silenceTimeoutMs,
    });
    const deadline = AbortSignal.timeout(this.limits.deadlineMs);
    this.#signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  }

  get registry(): string {
    return this.reference.registry;
  }

  /** The caller reads the answer's body. Throws one of the `REGISTRY_…` errors unless the status was expected. */
  async send(request: RegistryRequest): Promise<RegistryAnswer> {
    const { method, path, what, accept } = request;
    let answer: RegistryAnswer;
    try {
      answer = await this.#pool.request({
        method,
        path,
        headers: { "accept-encoding": "identity", ...request.headers },
        body: request.body ?? null,
        signal: this.#signal,
      });
    } catch (error) {
      throw transportFault(error, this.registry, what);
    }
    if (!accept.includes(answer.statusCode)) throw await this.#refusal(answer, what);
    return answer;
  }

  /** For answers whose headers say it all. */
  async sendAndDiscard(request: RegistryRequest): Promise<RegistryAnswer> {
    const answer = await this.send(request);
    await readBody(answer.body, { registry: this.registry, what: request.what, maxBytes: maxRemarkBytes });
    return answer;
  }

  /** The path of a URL that the registry sent, which may be relative. Throws if it leads to another host. */
  pathOf(url: string, base: string, what: string): string {
    const { registry } = this;
    const refused = () =>
      new WrunError("REGISTRY_REDIRECT_REFUSED", { registry, location: url.slice(0, 200), what });
    let target: URL;
    try {
      target = new URL(url, new URL(base, this.reference.origin));
    } catch {
      throw refused();
    }
    if (target.origin !== new URL(this.reference.origin).origin) throw refused();
    return target.pathname + target.search;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #refusal(answer: RegistryAnswer, what: string): Promise<WrunError> {
    const { registry } = this;
    const status = answer.statusCode;
    const location = headerOf(answer, "location");
    const remark = await readBody(answer.body, { registry, what, maxBytes: maxRemarkBytes });
    if (status >= 300 && status < 400) {
      return new WrunError("REGISTRY_REDIRECT_REFUSED", {
        registry,
        location: location?.slice(0, 200) ?? "?",
        what,
      });
    }
    if (status === 401) return new WrunError("REGISTRY_UNAUTHORIZED", { registry, what });
    if (status === 507) return new WrunError("REGISTRY_FULL", { registry, what });
    return new WrunError("REGISTRY_REFUSED", { registry, status, what, reason: reasonIn(remark) });
  }
}

/** Opens a connection for a task and closes it whatever happens. */
export async function withConnection<Result>(
  reference: Reference,
  options: TransferOptions,
  task: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = new Connection(reference, options);
  try {
    return await task(connection);
  } finally {
    await connection.close();
  }
}

/** The one value of a header; undefined if it is missing or comes more than once. */
export function headerOf(answer: RegistryAnswer, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === "string" ? value : undefined;
}

const errorsSchema = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().optional() })).min(1),
});

function reasonIn(remark: Buffer): string {
  try {
    const [first] = errorsSchema.parse(JSON.parse(remark.toString("utf8"))).errors;
    // Its own words, which must not pass for ours.
    return `it says ${JSON.stringify(`${first?.code}: ${first?.message ?? ""}`.slice(0, 300))}`;
  } catch {
    return "it gave no reason";
  }
}

/** `localhost` is what its resolver says it is; without TLS it must be this machine. */
const lookupLoopback: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const local = (addresses ?? []).filter(({ address }) => isLoopbackAddress(address));
    const [first] = local;
    if (error !== null || first === undefined) {
      const fault =
        error ?? Object.assign(new Error(`${hostname} is not this machine`), { code: "ENOTFOUND" });
      callback(fault, "", 0);
    } else if (options.all === true) callback(null, local);
    else callback(null, first.address, first.family);
  });
};
