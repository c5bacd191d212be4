import type { Fields } from "./fields.js";

/** What a message's Content-Length says. Undefined: there is none. `invalid`: one that no message may carry. */
export type ContentLength = number | undefined | "invalid";

/** Repeating one length is harmless; two different ones are how a message is smuggled. */
export function readContentLength(headers: Fields): ContentLength {
  const values = new Set(headers.get("content-length").map((value) => Buffer.from(value).toString("latin1")));
  const [only] = values;
  if (only === undefined) return undefined;
  return values.size === 1 && /^[0-9]{1,15}$/.test(only) ? Number(only) : "invalid";
}
