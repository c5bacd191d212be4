export { meterCoreModule, meterVersion, refuseCoreFeatures } from "./meter-core-module.js";
