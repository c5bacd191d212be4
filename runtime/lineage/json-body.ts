import canonicalize from "canonicalize";
import { WrunError } from "../errors/index.js";
import type { JsonObject, JsonValue } from "./types.js";

/**
 * The RFC 8785 bytes of a body. Lone surrogates, which that standard refuses and a guest may have put into a
 * detail, become U+FFFD: the record of an enforcement must not fail because of what the guest said.
 */
export function encodeJsonBody(body: JsonObject): Uint8Array {
  let text: string | undefined;
  try {
    text = canonicalize(wellFormed(body));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("LINEAGE_VALUE_UNSUPPORTED", { reason: `not JSON: ${reason}` }, { cause: error });
  }
  if (text === undefined) throw new WrunError("LINEAGE_VALUE_UNSUPPORTED", { reason: "not JSON" });
  return Buffer.from(text, "utf8");
}

/** Reads a body and refuses every spelling but RFC 8785's, so that no two readers see different things (a
 * duplicate key, for one). Throws for anything else. */
export function decodeJsonBody(bytes: Uint8Array): JsonObject {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new TypeError("not a JSON object");
  if (canonicalize(body) !== text) throw new TypeError("not in the canonical form of RFC 8785");
  return body as JsonObject;
}

function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === "string") return wellFormedText(value);
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [wellFormedText(key), wellFormed(item)]));
}

function wellFormedText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
