import type { SignedArtifact } from "../../component/index.js";
import type { FileRoot, StdinSource } from "../host-package.js";
import type { Invocation } from "../worker/job.js";

/** Where a component comes from. */
export type ComponentSource =
  /** As a registry's client pulled it; nothing in it is trusted yet. */
  | { readonly kind: "artifact"; readonly artifact: SignedArtifact }
  /** A local file, or bytes that were just built. It runs only where `allowUnsigned` is said. */
  | {
      readonly kind: "bytes";
      readonly name: string;
      readonly bytes: Uint8Array;
      readonly allowUnsigned: boolean;
    };

/** A policy manifest's exact bytes. */
export interface PolicySource {
  readonly bytes: Uint8Array;
  /** For messages: the file's path, or what else the manifest was made from. */
  readonly name: string;
  /** The file to watch: the run stops when its bytes no longer match. */
  readonly path?: string;
}

/** One run, as it is asked for. What is left out is not there: no roots, no environment, no input. */
export interface RunRequest {
  readonly component: ComponentSource;
  readonly policy: PolicySource;
  /** An authorization token. Without one, the node's own authority issues one for this run. */
  readonly authorization?: string;
  readonly invocation?: Invocation;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, string>>;
  readonly roots?: readonly FileRoot[];
  readonly stdin?: StdinSource;
  /** The folder that holds the run's key-value stores. */
  readonly keyvalueFolder?: string;
  /** Told of each event. Where it returns a promise, the guest waits for it when too many events are on their way. */
  readonly onEvent?: (event: RunEvent) => unknown;
  /** Takes the guest's output. Call `done` once it has been passed on; the guest waits when too much is on its way. */
  readonly onOutput?: (stream: "stdout" | "stderr", bytes: Uint8Array, done: () => void) => void;
}

/** What happens in a run, as it happens. The lineage holds the evidence; events are for watching. */
export type RunEvent =
  | { readonly type: "started"; readonly run: string }
  | {
      readonly type: "denied";
      readonly import: string;
      readonly function: string;
      readonly rule: string | null;
      readonly reason: string;
    }
  | { readonly type: "log"; readonly level: string; readonly context: string; readonly message: string }
  | { readonly type: "signal"; readonly kind: string; readonly detail: string }
  | { readonly type: "stopped"; readonly inMs: number }
  | { readonly type: "sealed"; readonly records: number };
