export { httpGrant } from "./grant.js";
export type { HttpGrant } from "./grant-index.js";
export { createHttpPackage } from "./package.js";
export type { HttpPackageOptions } from "./package.js";
