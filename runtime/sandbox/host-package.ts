import type { OffLimits } from "../files/index.js";
import type { InterfaceContract } from "../policy/contracts.js";
import type { CallSite, Facts } from "../policy/types.js";
import type { HostFunction } from "./host-function.js";
import type { HeldMemory } from "./limits/held-memory.js";
import type { Exchange } from "./serving/exchange.js";

/**
 * The contract that every file of `host-interfaces/` fulfils. Every package has the same life: it declares its
 * interfaces and what a grant of each looks like, and is prepared once for each run, inside the run's worker.
 */
export interface HostPackage {
  /** `wasi:filesystem`. */
  readonly name: string;
  /** The newest version that is implemented. A component that asks for a semver-compatible one is linked
   * (0.2.x with 0.2.y; for unstable `-draft` versions only the same one). */
  readonly version: string;
  readonly interfaces: Readonly<Record<string, HostInterface>>;
  /**
   * The type of each function, by `acme:billing/ledger#quote`, as `signatureOf` writes it. Left out by the packages of
   * WASI, whose types are pinned in `wit/function-types.json`. A function without a type is never called.
   */
  readonly functionTypes?: Readonly<Record<string, string>>;
  /** For functions that a component exports and a server calls, by `wasi:http/incoming-handler#handle`. */
  readonly entrances?: Readonly<Record<string, Entrance>>;
  /** Makes the functions of one run. Called in the worker, and only if the component imports the package. */
  prepare(context: InstanceContext): Promise<PreparedPackage>;
}

/**
 * What the policy must know of an interface. `authority: none`: the interface gives no access by itself
 * (`wasi:io/streams`: whoever holds a stream got it through a granted call), so it is linked without a rule.
 * `granted`: a rule must name it, with the constraint of its `grant` kind where it has one.
 */
export type HostInterface = Omit<InterfaceContract, "functions">;

/** Functions by interface (`types`) and WIT name (`[method]descriptor.read`). A function that the component imports
 * and that is missing here is denied when called. */
export type PreparedPackage = Readonly<Record<string, Readonly<Record<string, HostFunction>>>>;

/** How an exported function is called that takes host objects. */
export interface Entrance {
  /** The host objects for one call, in the order of the function's parameters; the guest owns each. */
  open(exchange: Exchange, memory: HeldMemory): readonly object[];
}

/** What a run has to offer its host packages. Everything that a guest may see comes from here, nothing from the
 * process. */
export interface InstanceContext {
  /** The interfaces that the component imports, without versions: `wasi:http/types`. */
  readonly imports: ReadonlySet<string>;
  readonly args: readonly string[];
  /** What the run offers; `wasi:cli/environment` shows a guest only the keys that {@link permits} allows. */
  readonly env: Readonly<Record<string, string>>;
  /** Named file roots: `{ name: "data", host: "/srv/data", guest: "/data" }`. */
  readonly roots: readonly FileRoot[];
  /** Counts what the host holds behind the guest's handles. Each handle as such is counted already. */
  readonly memory: HeldMemory;
  readonly stdin: StdinSource;
  readonly stdout: ByteSink;
  readonly stderr: ByteSink;
  /** `wasi:logging`. */
  log(entry: { level: string; context: string; message: string }): void;
  /** `wasi:keyvalue`: the folder that holds the stores; undefined where the run has none. */
  readonly keyvalueFolder: string | undefined;
  /** What no file and no folder that is opened for the guest may turn out to be. */
  readonly offLimits: OffLimits;
  /** What the run offers to `wasi:config`; cut down like {@link env}. */
  readonly config: Readonly<Record<string, string>>;
  /** The policy's answer without a call, for cutting a list down to what is granted. It has no effect and is not
   * recorded; it never replaces the gate's decision on a call. */
  permits(site: CallSite, facts: Facts): boolean;
  /** Ends the run: `wasi:cli/exit`. Does not return. */
  exit(code: number): never;
}

/** A folder of the host that a run may be given, by a name that policies use. */
export interface FileRoot {
  readonly name: string;
  /** Absolute, real path on the host. */
  readonly host: string;
  /** Where the guest sees it as a preopen: `/data`. */
  readonly guest: string;
}

/** Where a guest's standard input comes from. */
export type StdinSource =
  | { readonly kind: "empty" }
  | { readonly kind: "inherit" }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/** Takes bytes in order; blocks while the reader is behind. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
}
