/** What one client may cost the registry. Sizes are in bytes, times in milliseconds. */
export interface RegistryLimits {
  /** Of one blob, however it is uploaded. */
  readonly maxBlobBytes: number;
  /**
   * Uploads that are open at once, over all clients. With more of these than connections there is always one that
   * nobody writes to, and that makes room.
   */
  readonly maxUploads: number;
  /** Of all uploads together that are not finished. */
  readonly maxUploadBytes: number;
  /** An upload that nobody has written to for so long is dropped. */
  readonly uploadIdleMs: number;
  /** Of the request line's path and query. */
  readonly maxUrlLength: number;
  /** Of the request line and all headers together. */
  readonly maxHeaderBytes: number;
  /** Until the headers of a request are complete. */
  readonly headersTimeoutMs: number;
  /** Without a byte in either direction on a connection. */
  readonly idleTimeoutMs: number;
  /** Until a whole request has arrived, so that a body that drips does not last for ever. */
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
}

export const defaultLimits: RegistryLimits = {
  maxBlobBytes: 1024 ** 3,
  maxUploads: 1024,
  maxUploadBytes: 8 * 1024 ** 3,
  uploadIdleMs: 10 * 60_000,
  maxUrlLength: 2048,
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 15_000,
  idleTimeoutMs: 60_000,
  requestTimeoutMs: 30 * 60_000,
  maxConnections: 512,
};
