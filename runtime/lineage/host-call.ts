import type { RecordBody, StoredRecord } from "./types.js";

/** Whether a record is of a host call: of its intent at least. The outcome may be in it, in another one, or nowhere. */
export function isHostCall(record: StoredRecord): record is StoredRecord & HostCall {
  return record.kind === "intent" || record.kind === "call";
}

type HostCall = Extract<RecordBody, { readonly kind: "intent" | "call" }>;
