export { meterCoreModule, refuseCoreFeatures } from "./meter-core-module.js";
