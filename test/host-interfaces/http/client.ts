import {
  createHttpPackage,
  httpGrant,
  type HttpGrant,
  type HttpPackageOptions,
} from "../../../host-interfaces/http/index.js";
import {
  type InputStream,
  type OutputStream,
  type Pollable,
  pollUntilReady,
} from "../../../host-interfaces/io/index.js";
import type { Facts } from "../../../runtime/policy/types.js";
import { WitError } from "../../../runtime/sandbox/host-function.js";
import { type Opened, openPackage } from "./opened-package.js";
import { contextWith } from "../instance-context.js";
import { witErrorOf } from "../wit-error.js";

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

export interface Wanted {
  readonly authority: string;
  readonly path?: string;
  readonly method?: string;
  readonly scheme?: "HTTP" | "HTTPS";
  readonly headers?: readonly (readonly [string, string])[];
  /** Undefined: the guest never asks for the body. */
  readonly body?: string;
  readonly options?: object;
}

export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** A guest's use of `wasi:http`, through facts, decisions, sample and call in the order of the gate. */
export interface Client {
  readonly http: Opened;
  /** What each decision looked at. */
  readonly decided: Facts[];
  request(wanted: Wanted): unknown;
  /** Decides and calls; a denial or a refusal throws the WIT error as the guest would get it. */
  handle(request: unknown, options?: unknown): unknown;
  fetch(wanted: Wanted): Answer;
  /** The `error-code` of a fetch that fails, at whatever point. */
  failure(wanted: Wanted): unknown;
  take(future: unknown): unknown;
  readAll(response: unknown): string;
}

const ordered = (grants: readonly HttpGrant[]) => grants.map((grant, order) => ({ grant, order }));

export async function openClient(
  allow: readonly HttpGrant[],
  deny: readonly HttpGrant[] = [],
  options: HttpPackageOptions = {},
): Promise<Client> {
  const resolver = new URL("./scripted-resolver.js", import.meta.url);
  const http = await openPackage(createHttpPackage({ resolver, ...options }), contextWith());
  const allowed = httpGrant.compile(ordered(allow), "allow");
  const forbidden = httpGrant.compile(ordered(deny), "deny");
  const decided: Facts[] = [];
  const types = (name: string, ...args: unknown[]): unknown => http.call("types", name, ...args);

  function decide(facts: readonly Facts[], denied: unknown): void {
    decided.push(...facts);
    const permitted = facts.length > 0 && facts.every((one) => forbidden(one) < 0 && allowed(one) >= 0);
    if (!permitted) throw new WitError(denied);
  }

  function handle(request: unknown, requestOptions?: unknown): unknown {
    const definition = http.definition("outgoing-handler", "handle");
    const args = [request, requestOptions] as never[];
    decide(definition.facts?.(...args) ?? [], definition.denied?.error);
    decide(definition.sample?.(...args) ?? [], definition.denied?.error);
    return definition.call(...args);
  }

  function makeRequest(wanted: Wanted): unknown {
    const entries = (wanted.headers ?? []).map(([name, value]) => [name, bytes(value)]);
    const self = types("[constructor]outgoing-request", types("[static]fields.from-list", entries));
    types("[method]outgoing-request.set-authority", self, wanted.authority);
    types("[method]outgoing-request.set-path-with-query", self, wanted.path ?? "/v1/hello");
    types("[method]outgoing-request.set-scheme", self, { tag: wanted.scheme ?? "HTTP" });
    types("[method]outgoing-request.set-method", self, { tag: "other", val: wanted.method ?? "GET" });
    return self;
  }

  function take(future: unknown): unknown {
    pollUntilReady([(types("[method]future-incoming-response.subscribe", future) as Pollable).waitable]);
    const taken = types("[method]future-incoming-response.get", future) as {
      val: { tag: string; val: unknown };
    };
    if (taken.val.tag === "err") throw new WitError(taken.val.val);
    return taken.val.val;
  }

  function readAll(response: unknown): string {
    const body = types("[method]incoming-response.consume", response);
    const stream = types("[method]incoming-body.stream", body) as InputStream;
    let text = "";
    for (;;) {
      try {
        text += Buffer.from(stream.blockingRead(65_536n)).toString("latin1");
      } catch (error) {
        if (error instanceof WitError && (error.payload as { tag: string }).tag === "closed") return text;
        throw error;
      }
    }
  }

  function fetch(wanted: Wanted): Answer {
    const self = makeRequest(wanted);
    const outgoing = wanted.body === undefined ? undefined : types("[method]outgoing-request.body", self);
    const future = handle(self, wanted.options);
    if (outgoing !== undefined) {
      const stream = types("[method]outgoing-body.write", outgoing) as OutputStream;
      for (let at = 0; at < (wanted.body ?? "").length; at += 4096) {
        stream.blockingWriteAndFlush(bytes((wanted.body ?? "").slice(at, at + 4096)));
      }
      stream[Symbol.dispose]();
      types("[static]outgoing-body.finish", outgoing, undefined);
    }
    const response = take(future);
    const headers = (
      types("[method]fields.entries", types("[method]incoming-response.headers", response)) as [
        string,
        Uint8Array,
      ][]
    ).map(([name, value]) => [name, Buffer.from(value).toString("latin1")] as const);
    const status = types("[method]incoming-response.status", response) as number;
    return { status, headers, body: readAll(response) };
  }

  return {
    http,
    decided,
    request: makeRequest,
    handle,
    fetch,
    take,
    readAll,
    failure: (wanted) => witErrorOf(() => fetch(wanted)),
  };
}
