import { catalogue, type ErrorCode, type ErrorDetails, WrunError } from "../../errors/index.js";

/** Longest detail that is passed on; all of them must find room in a ring's page. */
const longestDetail = 400;

/** What the writer puts into a ring's memory when it fails, so that the producer can throw the same error. */
export function describeFailure({ code, details }: WrunError): string {
  const short = Object.entries(details).map(([name, value]) => [name, String(value).slice(0, longestDetail)]);
  return JSON.stringify({ code, details: Object.fromEntries(short) });
}

export function reviveFailure(text: string): WrunError {
  try {
    const { code, details } = JSON.parse(text) as { code: string; details: Record<string, string> };
    if (Object.hasOwn(catalogue, code)) {
      return new WrunError(code as ErrorCode, details as ErrorDetails<ErrorCode>);
    }
  } catch {
    // The writer died before it could say more.
  }
  return new WrunError("INTERNAL", { reason: "the lineage writer failed without a word" });
}
