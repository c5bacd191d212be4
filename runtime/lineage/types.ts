import type { Facts, OnViolation } from "../policy/types.js";
import type { TrustState } from "../trust/types.js";

/** Which loss a record must survive before the guest goes on (design, section 8). */
export type Durability = "ring" | "written" | "durable";

/** A run's id: 16 random bytes as 32 lower-case hexadecimal digits. */
export type RunId = string & { readonly __checked: "run-id" };

export type RecordKind =
  | "genesis"
  | "authorization"
  | "intent"
  | "outcome"
  | "call"
  | "trust-change"
  | "enforcement"
  | "recovery"
  | "seal";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** What is known before a host call: what was asked, what was decided, and everything the decision was made from. */
export interface IntentBody {
  /** With its version: `wasi:filesystem/types@0.2.6`; `$world` at world level. */
  readonly interface: string;
  /** WIT name. */
  readonly function: string;
  readonly facts: readonly Facts[];
  /** Facts that came from outside, such as the addresses of a name. */
  readonly sampled: readonly Facts[];
  readonly decision: {
    /** `malformed`: the arguments are none that the function takes, and no deny rule covers what is known of them. */
    readonly verdict: "allow" | "deny" | "malformed";
    readonly rule: string | null;
    readonly onViolation: OnViolation;
  };
  /** The trust word as the gate loaded it. */
  readonly trust: TrustState;
  /** The clock as the decision saw it: nanoseconds since the epoch. */
  readonly clock: bigint;
  /** The number of the call within the run, from 0. */
  readonly counter: number;
  /** Salted commitment to the arguments: 32 bytes, see `commitValues`. */
  readonly commitment: Uint8Array;
}

/** `denied` by policy, `refused` as malformed, or made: then it `returned`, or failed with a `wit-error`. */
export type OutcomeKind = "returned" | "wit-error" | "denied" | "trapped" | "refused";

/** What came of a host call. */
export interface OutcomeBody {
  /** Sequence number of the call's intent record. */
  readonly intent: number;
  readonly kind: OutcomeKind;
  /** Salted commitment to the result: 32 bytes; null where there is none. */
  readonly commitment: Uint8Array | null;
  /** The case of the WIT error, such as `not-permitted`; null where there is none. */
  readonly errorCase: string | null;
  /** Bytes that the call took out of the sandbox. */
  readonly bytesOut: number;
}

/** A call that the guest did not wait for on its way to the disk, in one record: the intent, and what came of it. */
export interface CallBody extends IntentBody {
  readonly outcome: Omit<OutcomeBody, "intent">;
}

/** What the run binds. The journal adds `salt`, the digest of the secret that salts the commitments. */
export type GenesisBody = JsonObject & {
  /** Digest of the component, `sha256:…`. */
  readonly component: string;
};

/** What the last record says; the journal adds `records` and `head`. */
export type SealSummary = JsonObject & {
  /** `interrupted` is for runs that were sealed by recovery. */
  readonly reason: string;
};

/** The kinds that a run's writer appends itself; genesis, recovery and seal are written by the journal. */
export interface AppendableBodies {
  readonly authorization: JsonObject;
  readonly intent: IntentBody;
  readonly outcome: OutcomeBody;
  readonly call: CallBody;
  readonly "trust-change": JsonObject;
  readonly enforcement: JsonObject;
}
export type AppendableKind = keyof AppendableBodies;

export interface Appended {
  readonly sequence: number;
  /** SHA-256 of the record's payload: 32 bytes. */
  readonly hash: Uint8Array;
}

/** Appends to a run: the supervisor before and after the guest's life, its worker meanwhile. */
export interface LineageWriter {
  readonly runId: RunId;
  /** Number that the next record will have; its commitment is made with it. */
  readonly nextSequence: number;
  /** The run's secret for `commitValues`. */
  readonly salt: Uint8Array;
  /**
   * Records and returns, or throws and has not recorded: then what was to be recorded must not happen. After
   * `LINEAGE_WRITE_FAILED` every later append throws the same error.
   */
  append<Kind extends AppendableKind>(
    kind: Kind,
    body: AppendableBodies[Kind],
    durability: Durability,
  ): Appended;
}

export type RecordBody =
  | { readonly kind: "intent"; readonly body: IntentBody }
  | { readonly kind: "outcome"; readonly body: OutcomeBody }
  | { readonly kind: "call"; readonly body: CallBody }
  | { readonly kind: Exclude<RecordKind, "intent" | "outcome" | "call">; readonly body: JsonObject };

/** A record as it was read back and checked. */
export type StoredRecord = RecordBody & {
  readonly runId: RunId;
  readonly sequence: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** Hash of the record before it, 32 bytes; zeros in genesis. */
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
  /** Leaf hash of RFC 6962, for the run's tree. */
  readonly leaf: Uint8Array;
  /** Where it is: segment file, offset of its frame in it, and length of the frame in bytes. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
};

/** Signs checkpoints with the node's Ed25519 key. The authority room implements it. */
export interface LineageSigner {
  /** The node's name: non-empty, no spaces, no `+`, no control characters (C2SP signed-note). */
  readonly name: string;
  /** Raw Ed25519 public key: 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 signature over the bytes (RFC 8032, not prehashed): 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** A node's key as a verifier has pinned it. */
export type NodeKey = Pick<LineageSigner, "name" | "publicKey">;

/** Where and why a lineage does not verify. */
export interface LineageProblem {
  /** File in the run's folder: a segment, `checkpoint` or `salt`. */
  readonly file: string;
  /** Byte offset in that file. */
  readonly offset: number;
  /** The record's sequence number; null where the problem is not in a record. */
  readonly sequence: number | null;
  /** A sentence. */
  readonly reason: string;
}

/** What holds of a run's evidence; see `isProven`. */
export interface RunReport {
  readonly runId: RunId;
  /** Records that were read and are in order. */
  readonly records: number;
  /** So many of them, from genesis on, are under a head that a pinned key signed while the run was written. */
  readonly proven: number;
  /** Chain, sequence, checksums and the order of kinds hold from genesis to the last record. */
  readonly intact: boolean;
  /** The last record is a seal that matches what is before it. */
  readonly sealed: boolean;
  /** The run is sealed, and all of it is {@link proven}. */
  readonly signed: boolean;
  /** Name of the node key that signed its newest head; null where none that the verifier trusts did. */
  readonly signer: string | null;
  readonly problems: readonly LineageProblem[];
}

/** One run of a folder, as its files look; nothing of it is verified. */
export interface RunSummary {
  readonly runId: RunId;
  /** From genesis; null where it cannot be read. */
  readonly component: string | null;
  /** Time of genesis in nanoseconds since the epoch; null where it cannot be read. */
  readonly started: bigint | null;
  /** What the files look like; only `verifyRun` says whether it is true. `recovered`: its writer was gone before it was sealed,
   * and what no head covers is not proven. `foreign`: nothing of it is signed. */
  readonly state: "sealed" | "open" | "recovered" | "foreign" | "broken";
  readonly records: number;
}
