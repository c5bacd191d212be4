import type { Digest } from "../../digest.js";
import type { OnViolation, RuleEffect } from "../types.js";
import type { Serving } from "./serving.js";
import type { Validity } from "./time-window.js";

/** What the manifest says, checked: every key known, every quantity an integer within its bounds. */
export interface ManifestData {
  readonly metadata: {
    readonly name: string;
    readonly zone: string | undefined;
    readonly epoch: number | undefined;
  };
  readonly subject: Subject;
  readonly validity: Validity;
  readonly trust: { readonly maxStalenessMs: number | undefined };
  readonly limits: Limits;
  readonly serve: Serving;
  readonly allow: readonly PolicyRule[];
  readonly deny: readonly PolicyRule[];
  readonly onViolation: OnViolation;
}

export interface Subject {
  /** The digest of the one component that it is for. */
  readonly component: Digest | undefined;
  /** Key ids; undefined where the policy leaves the signer to the trust store. */
  readonly signers: readonly string[] | undefined;
}

/** Every limit has a value: one that the manifest leaves out is `defaultLimits`, never "none". */
export interface Limits {
  /** Bytes of linear memory, all core instances together. */
  readonly memory: number;
  /** Milliseconds from instantiation to the end. */
  readonly wallMs: number;
  readonly hostCalls: number;
  /** Bytes that calls may take out of the sandbox. */
  readonly bytesOut: number;
  /** Elements of tables, all core instances together. */
  readonly tableElements: number;
  /** Bytes of records: 512 for each host call, and what its facts take. */
  readonly lineage: number;
}

export interface PolicyRule {
  /** As written, or `allow[3]`. */
  readonly id: string;
  readonly effect: RuleEffect;
  /** Where it stands in the manifest, from 1. */
  readonly line: number;
  readonly column: number;
  /** `wasi:http/types`, `$world`, or `wasi:http/*`. */
  readonly interface: string;
  /** WIT names; undefined for all functions. */
  readonly functions: readonly string[] | undefined;
  readonly args: readonly ArgumentRule[];
  readonly rate: Rate | undefined;
  /** Undefined: the manifest's. */
  readonly onViolation: OnViolation | undefined;
  /** Checked grants by the key of their kind. A key that is absent puts no constraint; an empty list lets nothing through. */
  readonly grants: ReadonlyMap<string, readonly unknown[]>;
  /** The file roots that its grants name. */
  readonly roots: readonly NamedRoot[];
}

export interface NamedRoot {
  readonly root: string;
  /** Of the grant that names it, from 1. */
  readonly line: number;
  readonly column: number;
}

export interface ArgumentRule {
  /** Parameter name, then record fields: `filter.limit`. */
  readonly path: readonly string[];
  readonly max: number | bigint | undefined;
  readonly min: number | bigint | undefined;
  /** Any one of these; `equals` is a list of one. */
  readonly oneOf: readonly ArgumentValue[] | undefined;
  readonly prefix: string | undefined;
  /** Unicode code points of a string, elements of a list. */
  readonly maxLength: number | undefined;
}

export type ArgumentValue = string | number | bigint | boolean;

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}
