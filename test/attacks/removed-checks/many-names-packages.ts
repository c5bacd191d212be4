/** The host packages with a resolver that knows every name, and gives each as many addresses as there may be; see many-names-resolver.ts. */
import { createSocketsPackage, type HostPackage, hostPackages as builtIn } from "wrun/host-interfaces";

const resolver = new URL("./many-names-resolver.js", import.meta.url);

export const hostPackages: readonly HostPackage[] = builtIn.map((item) =>
  item.name === "wasi:sockets" ? createSocketsPackage({ resolver }) : item,
);
