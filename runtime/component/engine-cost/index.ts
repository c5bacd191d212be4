export { refuseCostlyGlue, refuseCostlyModules } from "./refuse-costly.js";
export type { ModuleRange } from "./refuse-costly.js";
