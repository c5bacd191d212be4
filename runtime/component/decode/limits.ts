/**
 * What a component may cost to read. Real components (a JavaScript engine, a dozen composed ones) stay a factor of
 * ten or more below each; a binary built to exhaust the reader meets one of them first.
 */
export const decodeLimits = {
  /** Bytes of a component. */
  bytes: 256 * 1024 * 1024,
  /** Bytes of one name of the Component Model. */
  nameBytes: 512,
  /** Bytes of one name of a core module; compilers put mangled names there. */
  coreNameBytes: 100_000,
  /** Components in components, and types of components or instances in one another. */
  nesting: 32,
  /** Instances in instances. */
  instanceDepth: 64,
  /** Levels of one value type. */
  typeDepth: 64,
  /** Nodes of one value type, written out in full. */
  typeSize: 10_000,
  /** Nodes of all functions' and named types that are imported or exported, written out in full. */
  interfaceSize: 100_000,
  /** Characters of the same, written out in full as WIT, with every handle's name as long as a name may be. */
  interfaceText: 4 * 1024 * 1024,
  /** Functions that are imported or exported; code is generated for each. */
  interfaceFunctions: 5_000,
  /** Items read and types copied, in all. */
  steps: 1_000_000,
  /** Core modules, in all. */
  coreModules: 1_000,
} as const;
