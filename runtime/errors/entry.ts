/**
 * Exit codes of ours, out of the way of what guests, shells and signals use.
 * A guest's own exit code is passed on as it is; see docs/errors.md.
 */
export const exitCodes = {
  /** The command line itself is wrong. */
  usage: 110,
  /** A file, document or message is malformed. */
  input: 111,
  /** Refused before the guest started: unsigned, revoked, unauthorized, not granted. */
  refused: 112,
  /** A denied call ended the run, because the rule says `trap`. */
  denied: 113,
  /** The guest trapped or exceeded a limit. */
  trapped: 114,
  /** The workload is quarantined, or this run put it there. */
  quarantined: 115,
  /** Trust degraded while the guest was running. */
  untrusted: 116,
  /** The lineage could not be written, or does not verify. */
  evidence: 117,
  /** The machine or the network failed us: a full disk, a port in use, a registry that is gone. */
  environment: 118,
  /** A fault of ours. */
  internal: 119,
} as const;

export type ExitKind = keyof typeof exitCodes;

/** One entry of the catalogue. `{name}` in `message` and `next` is filled from the error's details. */
export interface ErrorEntry {
  readonly exit: ExitKind;
  /** Names the thing and the cause. */
  readonly message: string;
  /** What the reader can do about it. */
  readonly next: string;
}
