/** The host packages with a resolver that answers every name with 127.0.0.2; see rebinding-resolver.ts. */
import { createHttpPackage } from "../../../host-interfaces/http/index.js";
import { type HostPackage, hostPackages as builtIn } from "../../../host-interfaces/index.js";

const resolver = new URL("./rebinding-resolver.js", import.meta.url);

export const hostPackages: readonly HostPackage[] = builtIn.map((item) =>
  item.name === "wasi:http" ? createHttpPackage({ resolver }) : item,
);
