/** What one call may ask of the store. Sizes are bytes of UTF-8 or of the value. */
export const keyvalueLimits = {
  bucketName: 256,
  key: 1024,
  value: 8 << 20,
  batch: 1000,
  /** All values of one get-many together. */
  batchValues: 8 << 20,
  page: 1000,
} as const;
