/**
 * Host packages with one that breaks: `acme:secret/vault`, whose function does what the run's configuration says. It
 * stands for a fault of ours, or of whoever writes a host package.
 */
import { hostFunction, type HostPackage, hostPackages as builtIn } from "wrun/host-interfaces";

const faults: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error("the vault is broken");
  },
  "throws no error": () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw undefined;
  },
  "throws later": () => {
    queueMicrotask(() => {
      throw new Error("the vault broke later");
    });
    return "root";
  },
  "ends its thread": () => process.exit(7),
  "returns nonsense": () => ({ not: "a string" }),
  "fills the heap": () => {
    const kept: unknown[] = [];
    for (;;) kept.push({ more: [kept.length] });
  },
  "never returns": () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};

const vault: HostPackage = {
  name: "acme:secret",
  version: "1.0.0",
  interfaces: { vault: { authority: "granted" } },
  functionTypes: { "acme:secret/vault#read-secret": "(name: string) -> string" },
  prepare: ({ config }) =>
    Promise.resolve({
      vault: {
        "read-secret": hostFunction({
          call: (_name: string) => faults[config["fault"] ?? ""]?.() ?? "root",
          durability: "written",
        }),
      },
    }),
};

export const hostPackages: readonly HostPackage[] = [...builtIn, vault];
