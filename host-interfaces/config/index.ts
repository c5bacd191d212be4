export { configGrant } from "./grant.js";
export { configPackage } from "./package.js";
