import type { Exchange, Facts } from "../../../runtime/host-contract.js";
import type { ErrorCode } from "../error-code.js";
import type { OutgoingResponse } from "./outgoing-response.js";

/** `result<outgoing-response, error-code>`. */
export type ResponseResult =
  | { readonly tag: "ok"; readonly val: OutgoingResponse }
  | { readonly tag: "err"; readonly val: ErrorCode };

/** The resource `response-outparam`: the right to answer one request, once. */
export class ResponseOutparam implements Disposable {
  readonly #exchange: Exchange;
  #used = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  set(response: ResponseResult): void {
    this.#used = true;
    if (response.tag === "ok") {
      response.val.send(this.#exchange);
      response.val[Symbol.dispose]();
    } else
      this.#exchange.fail({
        status: statusOf(response.val),
        detail: `the guest's answer is ${response.val.tag}`,
      });
  }

  /** Whoever waits for a response learns at once that there will be none. */
  [Symbol.dispose](): void {
    if (!this.#used) this.#exchange.fail({ status: 500, detail: "the guest gave no response" });
    this.#used = true;
  }
}

/** For the record: what was answered. */
export function responseFacts(response: ResponseResult): Facts {
  return response.tag === "ok" ? { status: response.val.statusCode } : { error: response.val.tag };
}

const statuses: Readonly<Record<string, number>> = {
  "HTTP-request-denied": 403,
  "HTTP-request-length-required": 411,
  "HTTP-request-body-size": 413,
  "HTTP-request-method-invalid": 501,
  "HTTP-request-URI-invalid": 400,
  "HTTP-request-URI-too-long": 414,
  "HTTP-request-header-section-size": 431,
  "HTTP-request-header-size": 431,
  "HTTP-response-timeout": 504,
  "connection-timeout": 504,
  "connection-read-timeout": 504,
  "connection-write-timeout": 504,
  "DNS-timeout": 504,
};

/** As a gateway would say it: the codes are about a request, or about what the guest itself asked of others. */
function statusOf({ tag }: ErrorCode): number {
  const named = statuses[tag];
  if (named !== undefined) return named;
  return /^(DNS|TLS|connection|destination|HTTP-response|HTTP-protocol|HTTP-upgrade)-?/.test(tag) ? 502 : 500;
}
