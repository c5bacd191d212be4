/** What a registry may cost its client. Sizes are in bytes, times in milliseconds. */
export interface ClientLimits {
  readonly maxComponentBytes: number;
  /** Signatures of one component that are looked at. */
  readonly maxSignatures: number;
  /** Of one signature's manifest, and of its envelope. */
  readonly maxSignatureBytes: number;
  readonly connectTimeoutMs: number;
  /** Until the first, and then between any two parts of an answer. */
  readonly silenceTimeoutMs: number;
  /** For the whole transfer, so that a registry which drips cannot hold it for ever. */
  readonly deadlineMs: number;
}

export const defaultClientLimits: ClientLimits = {
  maxComponentBytes: 256 * 1024 ** 2,
  maxSignatures: 64,
  maxSignatureBytes: 256 * 1024,
  connectTimeoutMs: 10_000,
  silenceTimeoutMs: 30_000,
  deadlineMs: 15 * 60_000,
};

/** Pages of a list that are followed. */
export const maxPages = 100;

/** Of an answer whose body only explains something. */
export const maxRemarkBytes = 64 * 1024;

/** How a transfer is watched, broken off and bounded. */
export interface TransferOptions {
  /** Called as content moves, with bytes so far and in total; never more often than a network read or write. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ClientLimits>;
}
