export { formatWave } from "./format-value.js";
export { parseInvocation, parseWave, resourceIn } from "./invocation.js";
export type { Callable, HandleOf, Lookup, Step } from "./invocation.js";
export { camelCase, isTaggedOption, pascalCase } from "./script-names.js";
export { toJson } from "./to-json.js";
export type { JsonValue } from "./to-json.js";
export { chargePrinting } from "./printing-cost.js";
