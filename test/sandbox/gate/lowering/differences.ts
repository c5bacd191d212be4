/*
 * Where the toolchain's own lowering does not do what the Canonical ABI says; ours does. `docs/wasi.md` has the same
 * table. Lifting by the specification (`canonical-abi/lift.ts`) notes which of the first a call meets, and only then may
 * the two ways differ.
 */

export const liftingDifferences = {
  bool: {
    met: "a `bool` that is neither 0 nor 1",
    specification: "true",
    toolchain: "a trap",
  },
  narrow: {
    met: "a passed `u8`, `s8`, `u16` or `s16` with more bits than its type has",
    specification: "the lower bits",
    toolchain: "a trap",
  },
  flags: {
    met: "`flags` with bits that have no name",
    specification: "the named ones",
    toolchain: "a trap",
  },
  "wide slot": {
    met: "a 32-bit payload in a slot that is 64 bits wide for the sake of another case",
    specification: "the lower 32 bits",
    toolchain: "all 64, so that an `s32` below zero is a large number",
  },
  alignment: {
    met: "a result, or more parameters than are passed, at an odd address",
    specification: "a trap",
    toolchain: "the value",
  },
  "empty list outside": {
    met: "a list of no items that lies outside the memory",
    specification: "a trap",
    toolchain: "an empty list",
  },
  handle: {
    met: "a handle that is lent with its highest bit set",
    specification: "a trap",
    toolchain: "the handle without that bit",
  },
  "end outside": {
    met: "a value in memory that ends outside of it, by bytes that its case does not use",
    specification: "a trap",
    toolchain: "the value",
  },
} as const;

export type Laxity = keyof typeof liftingDifferences;

export const loweringDifferences = {
  "odd room": {
    met: "a `realloc` that answers with an odd address",
    specification: "a trap",
    toolchain: "the value at that address",
  },
  "call from realloc": {
    met: "a host call from within `realloc`",
    specification: "a trap",
    toolchain: "the call",
  },
  "no room": {
    met: "an empty string",
    specification: "`realloc` is asked for no bytes",
    toolchain: "address 1, and `realloc` is not asked",
  },
} as const;
