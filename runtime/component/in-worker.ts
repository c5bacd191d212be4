/** What a guest's worker needs of this room: to read and print the values of a typed export, and the names that
 * generated code gives to things. */
export { signatureOf } from "./function-signature.js";
export { isPrimitive } from "./primitive-types.js";
export { readSignature } from "./read-signature.js";
export {
  camelCase,
  chargePrinting,
  formatWave,
  isTaggedOption,
  parseInvocation,
  pascalCase,
  resourceIn,
  toJson,
} from "./wave/index.js";
export type { Callable, HandleOf, Lookup, Step } from "./wave/index.js";
