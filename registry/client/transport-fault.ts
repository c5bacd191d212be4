import { WrunError } from "../../runtime/index.js";

const unreachable = new Set([
  "EADDRNOTAVAIL",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const silent = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);

/** What a failed exchange means to the user. `what` continues "while": "pushing the component". */
export function transportFault(error: unknown, registry: string, what: string): WrunError {
  if (error instanceof WrunError) return error;
  const { code, reason, name } = describe(error);
  const options = { cause: error };
  if (name === "TimeoutError" || silent.has(code)) {
    return new WrunError("REGISTRY_TIMEOUT", { registry, what }, options);
  }
  if (name === "AbortError") return new WrunError("REGISTRY_CANCELLED", { what }, options);
  if (unreachable.has(code) || isTlsFault(code)) {
    return new WrunError("REGISTRY_UNREACHABLE", { registry, reason }, options);
  }
  if (name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW") {
    return new WrunError("REGISTRY_RESPONSE_MALFORMED", { registry, what, reason }, options);
  }
  return new WrunError("REGISTRY_CONNECTION_LOST", { registry, what, reason }, options);
}

function describe(error: unknown): { code: string; reason: string; name: string } {
  if (!(error instanceof Error)) return { code: "", reason: String(error), name: "" };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // Trying several addresses of a name fails with an error that has a code and no message.
  return { code, reason: error.message === "" ? code : error.message, name: error.name };
}

function isTlsFault(code: string): boolean {
  return /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
}
