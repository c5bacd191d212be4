/** The host packages of wrun, and what it takes to write one; see docs/embedding.md. */
export { createHttpPackage, type HttpPackageOptions } from "./http/index.js";
export { hostPackages } from "./packages.js";
export { createSocketsPackage, type SocketsPackageOptions } from "./sockets/index.js";
export { hostFunction, WitError } from "../runtime/host-contract.js";
export type {
  ByteSink,
  Durability,
  FileRoot,
  HostFunction,
  HostFunctionDefinition,
  HostInterface,
  HostPackage,
  InstanceContext,
  PreparedPackage,
  StdinSource,
} from "../runtime/host-contract.js";
