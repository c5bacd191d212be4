export { keyvalueGrant } from "./grant.js";
export type { KeyvalueAccess, KeyvalueGrant } from "./grant.js";
export { keyvaluePackage } from "./package.js";
