import type { ErrorEntry } from "./entry.js";

export const sandboxErrors = {
  CORE_MODULE_MALFORMED: {
    exit: "input",
    message: "a core module of the component {reason}",
    next: "Rebuild the component with a current toolchain.",
  },
  CORE_FEATURE_REFUSED: {
    exit: "refused",
    message: "the component uses {feature}, which wrun does not run",
    next: "Build it for WASI 0.2 without threads, 64-bit memories, garbage collection and relaxed vectors.",
  },
  LIMIT_BELOW_INITIAL: {
    exit: "refused",
    message: "the component starts with {asked} of {limit}, and the policy leaves {left}",
    next: "Raise limits.memory (or --max-memory) or limits.tableElements in the policy, or use a smaller component.",
  },
  COMPONENT_REVOKED: {
    exit: "refused",
    message: "the component {digest} was revoked at {at}: {reason}",
    next: "Run a release that was not revoked.",
  },
  POLICY_REVOKED: {
    exit: "refused",
    message: "the policy {digest} was revoked at {at}: {reason}",
    next: "Use a newer policy.",
  },
  WORKLOAD_QUARANTINED: {
    exit: "quarantined",
    message: "{workload} has been in quarantine since {at}: {reason}",
    next: "Find out why from its lineage; a person can release it with `wrun revoke --release {id}`.",
  },
  POLICY_SUBJECT_MISMATCH: {
    exit: "refused",
    message: "the policy '{policy}' is not for this component: {reason}",
    next: "Use a policy whose subject names this component, or change its subject.",
  },
  POLICY_NOT_VALID_NOW: {
    exit: "refused",
    message: "the policy '{policy}' is not in force: {reason}",
    next: "Wait for its validity, or use another policy.",
  },
  IMPORT_VERSION_UNSUPPORTED: {
    exit: "refused",
    message: "the component imports {import}, and this host implements {offered}",
    next: "Build the component for a compatible version, or use a wrun that implements the one it wants.",
  },
  IMPORT_TYPE_MISMATCH: {
    exit: "refused",
    message: "the component imports {import} {function} as {declared}, and its WIT has {pinned}",
    next: "Build the component against the published WIT package of that version.",
  },
  IMPORT_NOT_GRANTED: {
    exit: "refused",
    message: "the component imports what the policy does not grant: {imports}",
    next: "{advice}",
  },
  EXPORT_UNKNOWN: {
    exit: "input",
    message: "the component does not export {wanted}; it exports {exports}{nearest}",
    next: "Choose one of its exports with --invoke 'name(arguments)'.",
  },
  EXPORT_IS_METHOD: {
    exit: "input",
    message: "{wanted} is a method of the resource {resource}, and is called on a handle of one",
    next: "Write the call that makes one in front of it: --invoke '{example}'.",
  },
  METHOD_UNKNOWN: {
    exit: "input",
    message: "the resource {resource} has no method {wanted}; it has {methods}{nearest}",
    next: "Choose one of its methods; `wrun inspect --types` shows them with their types.",
  },
  METHOD_ON_VALUE: {
    exit: "input",
    message: "column {column}: what stands before .{method} returns {type}, and only a resource has methods",
    next: "End the call there, or begin it with a function that returns a resource.",
  },
  EXPORT_AMBIGUOUS: {
    exit: "input",
    message: "{wanted} could be any of {exports}",
    next: "Name it with its interface.",
  },
  COMPONENT_RUNS_NOTHING: {
    exit: "input",
    message: "the component does not export wasi:cli/run, which is what a command is; it exports {exports}",
    next: "{advice}",
  },
  COMPONENT_SERVES_NOTHING: {
    exit: "input",
    message: "the component does not export {wanted}, which is what answers requests; it exports {exports}",
    next: "Start a command with `wrun run`; to serve, build the component for the world wasi:http/proxy of WASI 0.2.",
  },
  EXPORT_TYPE_MISMATCH: {
    exit: "refused",
    message: "the component exports {export} {function} as {declared}, and its WIT has {pinned}",
    next: "Build the component against the published WIT package of that version.",
  },
  SERVE_ADDRESS_UNUSABLE: {
    exit: "environment",
    message: "cannot listen on {host} port {port}: {reason}",
    next: "Choose an address of this machine and a port that nothing uses; 0 takes any that is free.",
  },
  HOST_PACKAGES_UNUSABLE: {
    exit: "environment",
    message: "the host packages of {url} cannot be used: {reason}",
    next: "Correct that module; docs/embedding.md shows one.",
  },
  HOST_PACKAGE_FAILED: {
    exit: "environment",
    message: "the host package {name} could not be prepared for the run: {reason}",
    next: "Look at what that package needs; the guest has not run.",
  },
  WORKER_NOT_STARTED: {
    exit: "environment",
    message: "no thread could be started for the guest: {reason}",
    next: "Check how many threads and how much memory this process may have, and that the run's request holds plain data.",
  },
  RUNTIME_CLOSED: {
    exit: "usage",
    message: "the runtime is closed, so that nothing would watch over a run",
    next: "Start runs before close(), or create another runtime.",
  },
} as const satisfies Record<string, ErrorEntry>;
