/**
 * What docs/fuel.md says that instructions cost, once more and independently: random modules count themselves by this,
 * instruction by instruction, and metering must come to the same.
 */
export const cost = {
  simple: 1,
  label: 0,
  division: 8,
  call: 4,
  indirectCall: 8,
  reference: 4,
  throw: 1000,
  bulk: 16,
  memoryGrow: 1000,
  tableGrow: 250,
} as const;

/** By length: units for each step of so many, as a shift to the right and a factor. */
export const byLength = {
  bytes: { shift: 3, units: 1 },
  pages: { shift: 0, units: 1024 },
  elements: { shift: 0, units: 4 },
} as const;
