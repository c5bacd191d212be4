export { netGrant } from "./net-grant.js";
export type { NetGrant } from "./net-grant-index.js";
export { createSocketsPackage } from "./package.js";
export type { SocketsPackageOptions } from "./package.js";
