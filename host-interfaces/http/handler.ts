import {
  classifyAddress,
  type Facts,
  type HeldMemory,
  type HostFunction,
  hostFunction,
  isAddressLiteral,
  MalformedArguments,
  WitError,
} from "../../runtime/host-contract.js";
import type { Resolver } from "../sockets/resolver.js";
import { createSignal } from "../sockets/io/signal.js";
import { resolverErrorCode } from "./error-code.js";
import type { HttpThread } from "./http-thread.js";
import { ExchangeHandle, FutureIncomingResponse } from "./incoming-response.js";
import type { OutgoingRequest, RequestOptions } from "./outgoing-request.js";
import { knownOf, readTarget, type Target } from "./target.js";

/** Of the request's header section, in bytes. */
const largestHeaderSection = 65_536;
const defaultMilliseconds = { connect: 60_000, firstByte: 600_000, betweenBytes: 600_000 };
const longestTimer = 2 ** 31 - 1;

/** What an exchange takes in the I/O thread: its connection, its parser, and what is read ahead of the guest. */
const exchangeBytes = 192 << 10;

/** The addresses that a request was decided on. Only they are connected to. */
type Checked = WeakMap<OutgoingRequest, readonly string[]>;

/**
 * `outgoing-handler.handle`, in two decisions: what is asked of whom; then, with the name resolved, every address that
 * it has. The second is made before anything is sent, and the request goes to the addresses that it looked at.
 */
export function handleFunction(
  memory: HeldMemory,
  thread: HttpThread,
  resolver: Resolver,
  trustedCertificates: string | undefined,
): HostFunction {
  const checked: Checked = new WeakMap();
  return hostFunction({
    facts: (request: OutgoingRequest) => [factsOf(targetOf(request))],
    sample: (request: OutgoingRequest) => {
      const target = readTarget(request);
      const addresses = addressesOf(target.host, resolver);
      checked.set(request, addresses);
      return addresses.map((address) => ({
        ...factsOf(target),
        address,
        addressClass: classifyAddress(address) ?? "unknown",
      }));
    },
    call: (request: OutgoingRequest, options: RequestOptions | undefined) => {
      try {
        return send(request, options, checked, memory, thread, trustedCertificates);
      } finally {
        request[Symbol.dispose]();
      }
    },
    bytesOut: (request: OutgoingRequest) =>
      request.headers.size +
      request.methodName.length +
      Buffer.byteLength(request.pathWithQuery ?? "/") +
      Buffer.byteLength(request.authority ?? ""),
    denied: { error: { tag: "HTTP-request-denied" } },
    durability: "durable",
  });
}

/** For the decision: a request that cannot be made is told apart from one to whom nobody may make it. */
function targetOf(request: OutgoingRequest): Target {
  try {
    return readTarget(request);
  } catch (error) {
    if (error instanceof WitError) throw new MalformedArguments(error.payload, [knownOf(request)]);
    throw error;
  }
}

function factsOf({ method, scheme, host, port, path }: Target): Facts {
  return { method, scheme, host, port, path };
}

function addressesOf(host: string, resolver: Resolver): readonly string[] {
  if (isAddressLiteral(host)) return [host];
  const resolution = resolver.resolve(host);
  if (resolution.kind === "failed") throw new WitError(resolverErrorCode(resolution.code));
  if (resolution.addresses.length === 0) throw new WitError(resolverErrorCode("ENODATA"));
  return resolution.addresses;
}

function send(
  request: OutgoingRequest,
  options: RequestOptions | undefined,
  checked: Checked,
  memory: HeldMemory,
  thread: HttpThread,
  trustedCertificates: string | undefined,
): FutureIncomingResponse {
  const addresses = checked.get(request);
  // A programming error of ours, and then no request: the gate always samples before it calls.
  if (addresses === undefined) throw new TypeError("a request whose addresses were not decided on");
  checked.delete(request);
  const { headers, contentLength } = request;
  if (contentLength === "invalid") throw new WitError({ tag: "HTTP-protocol-error" });
  if (headers.size > largestHeaderSection) {
    throw new WitError({ tag: "HTTP-request-header-section-size", val: headers.size });
  }
  const { method, scheme, host, port, requestTarget, authority } = readTarget(request);
  const holding = memory.hold(exchangeBytes);
  const signals = { head: createSignal(), body: createSignal(), trailers: createSignal() };
  const sent = thread.send(
    {
      scheme,
      host,
      port,
      addresses,
      method,
      authority,
      contentLength,
      trustedCertificates,
      target: requestTarget,
      headers: headers.toPairs().filter(([name]) => name.toLowerCase() !== "content-length"),
      body: request.openedBody,
      timeouts: {
        connect: milliseconds(options?.connectTimeout, defaultMilliseconds.connect),
        firstByte: milliseconds(options?.firstByteTimeout, defaultMilliseconds.firstByte),
        betweenBytes: milliseconds(options?.betweenBytesTimeout, defaultMilliseconds.betweenBytes),
      },
    },
    signals,
  );
  if (sent.kind !== "done") {
    holding.release();
    throw new WitError(sent.kind === "failed" ? sent.failure : undefined);
  }
  request.markSent();
  return new FutureIncomingResponse(new ExchangeHandle(sent.value, thread, signals, memory, holding));
}

/** @param duration nanoseconds, up to 2^64; a timer of Node takes 31 bits of milliseconds. */
function milliseconds(duration: bigint | undefined, otherwise: number): number {
  if (duration === undefined) return otherwise;
  return Math.min(Math.max(1, Math.ceil(Number(duration) / 1e6)), longestTimer);
}
