import type { AttackName } from "./attacks.js";
import { engineRemovals } from "./engine-removals.js";
import { homeRemovals } from "./home-removals.js";
import { lockRemovals } from "./lock-removals.js";
import { memoryRemovals } from "./memory-removals.js";
import { policyRemovals } from "./policy-removals.js";
import { quietRemovals } from "./quiet-removals.js";
import { readingRemovals } from "./reading-removals.js";
import { servingRemovals } from "./serving-removals.js";
import { trustRemovals } from "./trust-removals.js";

/** A change to one compiled file. It must match exactly as often as it says, or the removal shows nothing. */
export interface Edit {
  readonly file: string;
  readonly find: RegExp;
  readonly replace: string;
  /** Once, if it does not say. */
  readonly times?: number;
}

/** A check, what it looks like when it is gone, and the attack that must then succeed. */
export interface Removal {
  readonly check: string;
  readonly attack: AttackName;
  /** More than one where a second line of defence stands behind the first. */
  readonly edits: readonly Edit[];
}

const gate = "runtime/sandbox/gate/gate.js";
const outcomes = "runtime/sandbox/gate/outcomes.js";
/** The same checks stand once more in the code that is generated for calls whose decision is known beforehand. */
const fused = "runtime/sandbox/gate/fused/gate-code.js";
const guard = "runtime/sandbox/gate/guard-core.js";
const caps = "runtime/sandbox/limits/cap-core-module.js";
const admission = "runtime/sandbox/admission/admit.js";
const supervisor = "runtime/sandbox/supervisor/run.js";
const envelope = "runtime/component/signature/verify-envelope.js";
const verified = "runtime/component/verified-component.js";
const memory = "runtime/sandbox/gate/lowering/guest-memory.js";
const harden = "runtime/component/harden-glue.js";
const monitor = "runtime/trust/monitor.js";
const recovery = "runtime/lineage/recover.js";
const paths = "host-interfaces/filesystem/resolve.js";
const fileGrants = "host-interfaces/filesystem/grant-index.js";

export const removals: readonly Removal[] = [
  ...lockRemovals,
  ...homeRemovals,
  ...quietRemovals,
  {
    check: "the guard makes a trap of whatever JavaScript throws",
    attack: "catch an error",
    edits: [{ file: guard, find: /(catch \(error\) \{\s*)poison\.trap\([^;]*;/g, replace: "$1throw error;" }],
  },
  {
    check: "a trap is one of WebAssembly",
    attack: "catch a trap",
    edits: [
      { file: "runtime/sandbox/gate/poison.js", find: /(first \?\?= end;\s*)trap\(\);/g, replace: "$1" },
    ],
  },
  {
    check: "the guard looks at the poison after a call",
    attack: "return from a swallowed trap",
    edits: [
      {
        file: guard,
        find: /if \(poison\.end !== undefined\)\s*poison\.trap\(poison\.end\);(\s*return result;)/g,
        replace: "$1",
      },
    ],
  },
  {
    check: "the guard looks at the poison before a call",
    attack: "call again after a trap",
    edits: [
      {
        file: guard,
        find: /if \(poison\.end !== undefined\)\s*poison\.trap\(poison\.end\);(\s*let result;)/g,
        replace: "$1",
      },
    ],
  },
  {
    check: "a run holds so many handles and no more",
    attack: "hold handles without end",
    edits: [
      {
        file: "runtime/sandbox/gate/resources.js",
        find: /if \(live >= mostHandles\)/g,
        replace: "if (false)",
      },
    ],
  },
  {
    check: "the gate looks at the trust word and the deadline",
    attack: "call on while the supervisor hangs",
    edits: [
      { file: gate, find: /if \(!trust\.isTrustedAndFresh\([^;]*;/g, replace: "", times: 3 },
      { file: gate, find: /if \(durability !== "ring" && [^{]*\{/g, replace: "if (false) {" },
      { file: fused, find: /(?<!function )refuseUntrusted\(out, [^;]*;/g, replace: "", times: 3 },
      // A supervisor that hangs signs no heads either, and the writer waits for those.
      {
        file: "runtime/lineage/writer/writer-loop.js",
        find: /return until !== 0n && [^;]*;/g,
        replace: "return false;",
      },
    ],
  },
  {
    check: "the gate refuses what the decision denies",
    attack: "open a bucket that was not granted",
    edits: [{ file: gate, find: / \|\| verdict\.decision\.verdict === "deny"\)/g, replace: ")" }],
  },
  {
    check: "no record, no call",
    attack: "go on unrecorded",
    edits: [
      {
        file: outcomes,
        find: /return parts\.poison\.trap\(\{\s*kind: "unrecorded",[^;]*;/g,
        replace: "return 0n;",
      },
      { file: outcomes, find: /return poison\.trap\(\{ kind: isOfGuest[^;]*;/g, replace: "return 0n;" },
      {
        file: supervisor,
        find: /\(failure\) => stop\(lineageFailed\(failure\)\)/g,
        replace: "() => undefined",
        times: 2,
      },
    ],
  },
  {
    check: "the intent is recorded before the call",
    attack: "act before it is recorded",
    edits: [
      {
        file: gate,
        find: /const intent = recordIntent\(parts, /g,
        replace: "const late = () => recordIntent(parts, ",
      },
      { file: gate, find: /parts\.evidence\.outcome\(intent, /g, replace: "parts.evidence.outcome(late(), " },
      {
        file: fused,
        find: /(?<!function )recordIntent\((out, parts[^;]*);/g,
        replace: "const late = () => recordIntent($1;",
      },
      { file: fused, find: /(?<!function )recordOutcome\(/g, replace: "late(); recordOutcome(" },
    ],
  },
  {
    check: "the gate holds a run to its budgets",
    attack: "call beyond its budget",
    edits: [
      { file: gate, find: /if \(exceeded !== undefined\)/g, replace: "if (false)" },
      { file: fused, find: /if \(\$\{exceeded\} !== undefined\)/g, replace: "if (false)" },
    ],
  },
  {
    check: "generated code knows which handles there are",
    attack: "drop a handle that it never had",
    edits: [{ file: harden, find: /\brefuseUnknownHandles,\s/g, replace: "" }],
  },
  {
    check: "memories have a cap",
    attack: "grow its memory without end",
    edits: [{ file: caps, find: /id === memorySection/g, replace: "false" }],
  },
  {
    check: "tables have a cap",
    attack: "grow its tables without end",
    edits: [{ file: caps, find: /id === tableSection/g, replace: "false" }],
  },
  {
    check: "every instance counts against the cap",
    attack: "have many instances of one memory",
    edits: [{ file: caps, find: /instances\.get\(name\) \?\? 0/g, replace: "1", times: 2 }],
  },
  {
    check: "a path stays below its root",
    attack: "leave its folder by a path",
    edits: [
      { file: paths, find: /if \(segment === "\.\."\) \{/g, replace: "if (false) {" },
      { file: paths, find: /join\((root\.path), (\.\.\.segments)\)\)\);/g, replace: '[$1, $2].join("/")));' },
      {
        file: "host-interfaces/filesystem/walk.js",
        find: /join\(folder\.path, segment\)/g,
        replace: 'folder.path + "/" + segment',
      },
      { file: fileGrants, find: / && segment !== "\.\."/g, replace: "" },
    ],
  },
  {
    check: "a link is looked at, and not followed by the system",
    attack: "leave its folder by a link",
    edits: [
      { file: paths, find: /lstatSync\(join\(/g, replace: "statSync(join(" },
      { file: paths, find: /import \{ lstatSync, /g, replace: "import { statSync, " },
      { file: "host-interfaces/filesystem/open-at.js", find: / \| constants\.O_NOFOLLOW/g, replace: "" },
    ],
  },
  {
    check: "a grant of files ends with its prefix",
    attack: "read beside what was granted",
    edits: [{ file: fileGrants, find: /segmentsOf\(grant\.prefix\)/g, replace: "[]" }],
  },
  {
    check: "the address of a name is decided on, by its class",
    attack: "reach this machine by a name",
    edits: [
      {
        file: "host-interfaces/http/grant-index.js",
        find: /addressClass === "public"/g,
        replace: "true",
      },
    ],
  },
  {
    check: "the address that was decided on is the one connected to",
    attack: "reach an address that was not decided on",
    edits: [
      {
        file: "host-interfaces/http/io/connection.js",
        find: /, lookup: pinned\(spec\.addresses\)/g,
        replace: "",
      },
      {
        file: "host-interfaces/http/io/request.js",
        find: /spec\.addresses\.some\(\(address\) => isSameAddress\(address, connection\.remoteAddress\)\)/g,
        replace: "true",
      },
    ],
  },
  {
    check: "a guest sees the keys of the environment that were granted",
    attack: "read the environment",
    edits: [
      {
        file: "host-interfaces/cli/package.js",
        find: /\.filter\(\(\[key\]\) => context\.permits\(site, \{ key \}\)\)/g,
        replace: "",
      },
    ],
  },
  {
    check: "an import that was not granted is not linked",
    attack: "start with an import that was not granted",
    edits: [{ file: admission, find: /(?<!function )refuseUngrantedImports\([^;]*;/g, replace: "" }],
  },
  {
    check: "strings are decoded strictly",
    attack: "send a string that is none",
    edits: [{ file: memory, find: /fatal: true/g, replace: "fatal: false", times: 2 }],
  },
  {
    check: "a list lies inside of its memory",
    attack: "send a list that lies outside its memory",
    edits: [{ file: memory, find: /if \(pointer \+ size > this\.u8\.length\)/g, replace: "if (false)" }],
  },
  {
    check: "the items of one call are counted",
    attack: "send a list that fills the heap",
    edits: [{ file: memory, find: /if \(this\.#items > mostItems\)/g, replace: "if (false)" }],
  },
  {
    check: "a run has a limit of time",
    attack: "compute for ever",
    edits: [
      {
        file: supervisor,
        find: /const overtime = \(\) => stop\(wallLimit\(workload\)\);/g,
        replace: "const overtime = () => undefined;",
      },
    ],
  },
  {
    check: "a guest waits for whoever reads its output",
    attack: "flood a reader that does not read",
    edits: [
      {
        file: "runtime/sandbox/worker/byte-sinks.js",
        find: /if \(value < highWaterBytes\)/g,
        replace: "if (true)",
      },
    ],
  },
  {
    check: "a guest waits for whoever listens to its events",
    attack: "flood whoever listens with entries of its log",
    edits: [
      {
        file: "runtime/sandbox/supervisor/guest.js",
        find: /if \(told === undefined\)/g,
        replace: "if (true)",
      },
    ],
  },
  {
    check: "what nobody signed runs only where that was said",
    attack: "run though nobody signed it",
    edits: [
      { file: admission, find: /if \(!allowUnsigned\)/g, replace: "if (false)" },
      { file: verified, find: /if \(!options\.allowUnsigned\)/g, replace: "if (false)" },
    ],
  },
  {
    check: "a publisher's signature is verified",
    attack: "run with a signature that was changed",
    edits: [
      {
        file: envelope,
        find: /const payload = await verifyIntegrity\([^;]*;/g,
        replace: 'const payload = Buffer.from(envelope.jws.payload, "base64url");',
      },
    ],
  },
  {
    check: "a publisher is one that is trusted",
    attack: "run with the signature of somebody who is not trusted",
    edits: [
      { file: envelope, find: /const root = findTrustedRoot\([^;]*;/g, replace: "const root = chain.leaf;" },
      { file: envelope, find: /(?<!function )checkIdentity\([^;{]*;/g, replace: "", times: 2 },
      // The same once more, as one of the facts that the run rests on.
      { file: envelope, find: /(?<!const root = |function )findTrustedRoot\([^;{]*;/g, replace: "" },
    ],
  },
  {
    check: "a signature is over this manifest",
    attack: "run with the signature of something else",
    edits: [
      {
        file: envelope,
        find: /const targetDigest = checkTarget\([^;]*;/g,
        replace: "const targetDigest = parseDigest(input.manifest.digest);",
      },
    ],
  },
  {
    check: "the component is the one that the manifest names",
    attack: "run other bytes than those that were signed",
    edits: [{ file: verified, find: /if \(layer\.digest !== digest\)/g, replace: "if (false)" }],
  },
  {
    check: "what was revoked does not start",
    attack: "start after its revocation",
    edits: [
      { file: admission, find: /refuseUnlessHolding\(more, [^;]*;/g, replace: "" },
      // What trust was lost already would be found by the monitor, before the guest's first instruction.
      { file: monitor, find: /\.\.\.signals,/g, replace: "" },
    ],
  },
  {
    check: "what is revoked does not go on",
    attack: "go on after its revocation",
    edits: [{ file: monitor, find: /\.\.\.signals,/g, replace: "" }],
  },
  {
    check: "trust that cannot be refreshed runs out",
    attack: "go on when the revocations are gone",
    edits: [
      {
        file: monitor,
        find: /if \(source\.clock\.monotonicNs\(\) >= freshUntilNs\)/g,
        replace: "if (false)",
      },
    ],
  },
  {
    check: "the policy's file is watched",
    attack: "go on under a policy that was changed",
    edits: [{ file: monitor, find: /\.\.\.policySignals\(policyFile\),/g, replace: "" }],
  },
  {
    check: "a quarantine is written down",
    attack: "come back from quarantine",
    edits: [{ file: supervisor, find: /outcome\.kind === "quarantined"\s+\?/g, replace: "false ?" }],
  },
  {
    check: "recovery signs nothing",
    attack: "have the node sign what it did not see",
    edits: [{ file: recovery, find: /known: undefined/g, replace: "known: inspected.tree" }],
  },
  {
    check: "what a head covers is what it was signed over",
    attack: "have a run taken up whose genesis was not signed",
    edits: [{ file: recovery, find: /if \(contradiction !== undefined\)/g, replace: "if (false)" }],
  },
  {
    check: "a head covers only what the writer wrote",
    attack: "edit a run while it is recorded",
    edits: [
      { file: "runtime/lineage/follow-run.js", find: /\|\| !this\.head\.equals\(head\)/g, replace: "" },
    ],
  },
  {
    check: "trust is looked at once more after the record has waited",
    attack: "act after its process was stopped",
    edits: [{ file: gate, find: /if \(durability !== "ring" && [^{]*\{/g, replace: "if (false) {" }],
  },
  {
    check: "a record holds so much of a fact and no more",
    attack: "leave a long text in every record",
    edits: [
      {
        file: "runtime/lineage/ring/short-facts.js",
        find: /export function shortFacts\(facts\) \{/g,
        replace: "export function shortFacts(facts) { return facts;",
      },
    ],
  },
  {
    check: "a run has a budget of records",
    attack: "leave records without end",
    edits: [{ file: "runtime/policy/run/budgets.js", find: /> limits\.lineage\)/g, replace: "> Infinity)" }],
  },
  {
    check: "an instance may not call out while the host waits for its memory",
    attack: "call out of its own realloc",
    edits: [{ file: memory, find: /this\.#flags\.value = mayNotLeave;/g, replace: "" }],
  },
  {
    check: "a worker is started without the environment of the process",
    attack: "find the process's environment in a guest's thread",
    edits: [{ file: "runtime/sandbox/supervisor/worker-pool.js", find: /env: \{\},/g, replace: "" }],
  },
  ...engineRemovals,
  ...memoryRemovals,
  ...policyRemovals,
  ...readingRemovals,
  ...trustRemovals,
  ...servingRemovals,
];
