/** Ordered: within a run the state only ever gets worse. */
export type TrustState = "trusted" | "degraded" | "revoked" | "quarantined";

/** Why trust was lowered. The names are what records, events and `--json` carry. */
export type TrustSignalKind =
  | "publisher-key-revoked"
  | "node-key-revoked"
  | "component-revoked"
  | "policy-revoked"
  | "authorization-revoked"
  | "authorization-expired"
  | "validity-window-closed"
  | "policy-changed"
  | "epoch-rolled-back"
  | "stale"
  | "lineage-failed"
  | "clock-went-backwards"
  | "limit-exceeded"
  | "quarantine-rule"
  | "anomaly"
  | "operator";

export interface TrustSignal {
  readonly kind: TrustSignalKind;
  /** The state that the run is lowered to. */
  readonly state: Exclude<TrustState, "trusted">;
  /** A sentence for the operator. */
  readonly detail: string;
}
