export { logLimits, loggingPackage } from "./package.js";
