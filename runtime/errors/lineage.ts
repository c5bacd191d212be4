import type { ErrorEntry } from "./entry.js";

export const lineageErrors = {
  LINEAGE_WRITE_FAILED: {
    exit: "evidence",
    message: "cannot record the run in {path}: {reason}",
    next: "Nothing more is recorded or run under this journal. Check the disk's space and health, then start again; what was written is kept, and proven up to the last signed head.",
  },
  LINEAGE_WRITER_FAILED: {
    exit: "evidence",
    message: "the thread that records runs is gone: {reason}",
    next: "The runs that it recorded have ended; start them again. If it happens again, please report it.",
  },
  LINEAGE_BROKEN: {
    exit: "evidence",
    message: "the lineage of run {run} is broken in {file} at byte {offset} (record {sequence}): {reason}",
    next: "Treat the run's evidence as tampered with or damaged. Keep the folder as it is and compare it with a copy.",
  },
  LINEAGE_CHECKPOINT_INVALID: {
    exit: "evidence",
    message: "the signed head of {origin} is not valid: {reason}",
    next: "Check that the key you pinned is the node's, and compare the file with a copy.",
  },
  LINEAGE_SIGNING_FAILED: {
    exit: "evidence",
    message: "cannot sign the checkpoint of run {run}: {reason}",
    next: "Check the node's key (`wrun doctor`). What was recorded since the last signed head is kept and stays unproven: nothing is signed afterwards.",
  },
  LINEAGE_RECORD_TOO_LARGE: {
    exit: "evidence",
    message: "a record of {size} bytes is over the limit of {limit} bytes, so the call was not made",
    next: "Pass smaller names, paths or headers in the call; the values themselves do not count.",
  },
  LINEAGE_VALUE_UNSUPPORTED: {
    exit: "evidence",
    message: "cannot record a value: {reason}",
    next: "This is a fault in a host interface. Please report it.",
  },
  LINEAGE_HANDOVER_REFUSED: {
    exit: "evidence",
    message: "the journal of run {run} cannot be taken over: {reason}",
    next: "Another process may be writing to the lineage folder. Start the run again.",
  },
  LINEAGE_LOCKED: {
    exit: "environment",
    message: "run {run} is being written by {owner}",
    next: "Wait until that process is done. If you are certain that it is gone, remove {lock}.",
  },
  LINEAGE_CLOSED: {
    exit: "internal",
    message: "the journal of run {run} is {state} and takes no more records",
    next: "Please report this with the command that you ran.",
  },
  LINEAGE_RUN_EXISTS: {
    exit: "environment",
    message: "run {run} already has a lineage in {folder}",
    next: "Start a new run; a run's id is never used twice.",
  },
  LINEAGE_RUN_FOREIGN: {
    exit: "evidence",
    message: "run {run} is not of this node, which did not sign its genesis: {reason}",
    next: "It was not touched and proves nothing here. Find out who put it into the lineage folder, and move it away.",
  },
  LINEAGE_RUN_UNKNOWN: {
    exit: "input",
    message: "there is no run {run} in {folder}",
    next: "List the runs with `wrun lineage list`.",
  },
  LINEAGE_RUN_ID_MALFORMED: {
    exit: "input",
    message: "'{text}' is not a run id",
    next: "Write it as 32 lower-case hexadecimal digits, as `wrun lineage list` shows it.",
  },
} as const satisfies Record<string, ErrorEntry>;
