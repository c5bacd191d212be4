import type { ErrorEntry } from "./entry.js";

export const cliErrors = {
  CLI_USAGE: {
    exit: "usage",
    message: "{reason}",
    next: "{advice}",
  },
  CLI_OPTION_INVALID: {
    exit: "usage",
    message: "{option} '{value}': {reason}",
    next: "Write it as {form}.",
  },
  CLI_OPTION_IN_MANIFEST: {
    exit: "usage",
    message: "{option} cannot be combined with --policy: what a run may do has one place",
    next: "Put it into the manifest instead:\n{lines}",
  },
  CLI_FLAGS_REFUSED: {
    exit: "usage",
    message: "the flags do not make a valid policy: {reason}",
    next: "{advice}",
  },
  IMPORT_NOT_GRANTED_BY_FLAGS: {
    exit: "refused",
    message: "the component imports what no flag grants: {imports}",
    next: "Pass {flags} if it should have that, or write a policy for --policy. {advice}",
  },
  CLI_INPUT_TOO_LARGE: {
    exit: "input",
    message: "{path} is larger than the {limit} bytes that wrun reads of {what}",
    next: "Check that this is the file that you mean.",
  },
  CLI_HOME_EXISTS: {
    exit: "environment",
    message: "there is already something at {path}",
    next: "Use the home that is there, or choose another folder with --home; all that wrun init adds to a home is a publisher, with --publisher.",
  },
  CLI_OUTPUT_FAILED: {
    exit: "environment",
    message: "cannot write to {stream}: {reason}",
    next: "Check where the output goes; the disk may be full.",
  },
  RUN_DENIED: {
    exit: "denied",
    message: "the run {run} was ended by a denied call ({rule}): {denial}",
    next: "Look it up with `wrun lineage show {run}`.",
  },
  RUN_TRAPPED: {
    exit: "trapped",
    message: "the guest of run {run} was ended: {detail}",
    next: "Look it up with `wrun lineage show {run}`.",
  },
  RUN_QUARANTINED: {
    exit: "quarantined",
    message: "the workload {workload} is in quarantine from now on ({rule}): {denial}",
    next: "Look it up with `wrun lineage show {run}`; release it with `wrun revoke --release {workload}`.",
  },
  RUN_STOPPED: {
    exit: "untrusted",
    message: "the run {run} was stopped ({signal}): {detail}",
    next: "Look it up with `wrun lineage show {run}`.",
  },
  SERVER_STOPPED: {
    exit: "untrusted",
    message: "the server of {workload} was stopped ({signal}): {detail}",
    next: "Look up its runs with `wrun lineage list`; start it again once that is mended.",
  },
  RUN_UNRECORDED: {
    exit: "evidence",
    message: "the run {run} was ended because a call of it could not be recorded: {detail}",
    next: "Check the disk under the home; see `wrun lineage verify {run}`.",
  },
  LINEAGE_NOT_PROVEN: {
    exit: "evidence",
    message: "{runs} not proven",
    next: "Keep the folder as it is, and compare it with a copy; the lines above name what does not hold.",
  },
  LINEAGE_KEY_MALFORMED: {
    exit: "usage",
    message: "'{text}' is not a verifier key: {reason}",
    next: "Write it as name+id+key, as `wrun init` and `wrun doctor` show it.",
  },
  LINEAGE_FOLDER_WITHOUT_RUNS: {
    exit: "input",
    message: "{folder} holds no runs: {reason}",
    next: "{advice}",
  },
  LINEAGE_RUN_PREFIX: {
    exit: "input",
    message: "'{text}' {reason}",
    next: "List the runs with `wrun lineage list`, and give more of the id.",
  },
  DOCTOR_FOUND_PROBLEMS: {
    exit: "environment",
    message: "{count} of {total} checks failed",
    next: "The lines above say how to mend each.",
  },
} as const satisfies Record<string, ErrorEntry>;
