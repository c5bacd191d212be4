/** Ordered: within a run the state only ever gets worse. */
export type TrustState = "trusted" | "degraded" | "revoked" | "quarantined";

/** Why trust was lowered. The names are what records, events and `--json` carry. */
export type TrustSignalKind =
  | "publisher-key-revoked"
  | "publisher-untrusted"
  | "signature-expired"
  | "node-key-revoked"
  | "component-revoked"
  | "policy-revoked"
  | "authorization-revoked"
  | "authorization-expired"
  | "validity-window-closed"
  | "policy-changed"
  | "policy-unreadable"
  | "epoch-rolled-back"
  | "stale"
  | "lineage-failed"
  | "clock-went-backwards"
  | "limit-exceeded"
  | "quarantine-rule"
  | "anomaly"
  | "operator"
  /** Whoever started the run can pass its output on no more. */
  | "output-lost";

export interface TrustSignal {
  readonly kind: TrustSignalKind;
  /** The state that the run is lowered to. */
  readonly state: Exclude<TrustState, "trusted">;
  /** A sentence for the operator. */
  readonly detail: string;
}

/** What a revocation list can name. `workload` is a quarantine: it can be released again by a person. */
export type RevocationKind =
  | "publisher-key"
  | "node-key"
  | "component"
  | "policy"
  | "authorization"
  | "workload";

/** One thing that may not be used any more, and why. */
export interface RevocationEntry {
  readonly kind: RevocationKind;
  /**
   * A `sha256:` digest for keys (of the SPKI), components and policies (of their bytes); the `jti` of an
   * authorization; a SPIFFE id or a component digest for a workload.
   */
  readonly id: string;
  /** For the operator: why. */
  readonly reason: string;
  /** RFC 3339, UTC, whole seconds. */
  readonly at: string;
}

/** The question that other rooms ask of a checked revocation list. */
export interface RevocationLookup {
  find(kind: RevocationKind, id: string): RevocationEntry | undefined;
}
