/** The host packages with a resolver that answers every name with 127.0.0.2; see rebinding-resolver.ts. */
import { createHttpPackage, type HostPackage, hostPackages as builtIn } from "wrun/host-interfaces";

const resolver = new URL("./rebinding-resolver.js", import.meta.url);

export const hostPackages: readonly HostPackage[] = builtIn.map((item) =>
  item.name === "wasi:http" ? createHttpPackage({ resolver }) : item,
);
