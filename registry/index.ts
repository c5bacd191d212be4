export { startRegistry } from "./server/start.js";
export type { RegistryOptions, RunningRegistry } from "./server/start.js";
export type { RegistryLimits } from "./server/limits.js";
