/** What a run rests on: each of these can be revoked or run out under it. */
export interface RunFacts {
  /** Undefined for a local file that runs unsigned. */
  readonly publisherKeyId: string | undefined;
  readonly nodeKeyId: string;
  /** Digests of the component and, where it was pulled, of its manifest. */
  readonly components: readonly string[];
  readonly policyDigest: string;
  /** Undefined for a run without one. */
  readonly authorization:
    | {
        readonly id: string;
        readonly issuerKeyId: string;
        /** Milliseconds since 1970. */
        readonly usableUntil: number;
      }
    | undefined;
  /** The workload's SPIFFE id; quarantine entries may also name one of {@link components}. */
  readonly workload: string | undefined;
  /** The epoch of the revocation list that was in force when the run started. */
  readonly epoch: number;
}

/** Whether a policy's validity and windows include a time. */
export interface PolicyValidity {
  readonly open: boolean;
  /** When it next closes, ms since 1970; undefined where that is not known. */
  readonly closesAt?: number | undefined;
}
