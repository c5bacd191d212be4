/** Which loss a record must survive before the guest goes on (design, section 8). */
export type Durability = "ring" | "written" | "durable";

/** A run's id: 16 random bytes as 32 lower-case hexadecimal digits. */
export type RunId = string & { readonly __checked: "run-id" };

export type RecordKind =
  | "genesis"
  | "authorization"
  | "intent"
  | "outcome"
  | "trust-change"
  | "enforcement"
  | "recovery"
  | "seal";
