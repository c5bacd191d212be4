/**
 * Host packages with one that leaves things behind in its thread: `acme:secret/vault`, whose function leaves what it
 * can, looks for what was left, or both, by the run's configuration. It stands for a guest that got hold of its worker.
 */
import fs from "node:fs";
import { BroadcastChannel, parentPort } from "node:worker_threads";
import { hostFunction, type HostPackage, hostPackages as builtIn } from "../../host-interfaces/index.js";

let visits = 0;
const mark = "wrunLeftThis";

/** Where a mark can be put, and is then looked for. */
const places: Readonly<Record<string, object>> = {
  "the global object": globalThis,
  "Object.prototype": Object.prototype,
  "Function.prototype": Function.prototype,
  "Array.prototype": Array.prototype,
  "Map.prototype": Map.prototype,
  "Uint8Array.prototype": Uint8Array.prototype,
  "WebAssembly.Module": WebAssembly.Module,
  "node:fs": fs,
  process,
  "process.env": process.env,
  "the port": parentPort ?? {},
  "the host packages": builtIn,
};

function leave(config: Readonly<Record<string, string>>): void {
  visits += 1;
  for (const place of Object.values(places)) {
    if (place === process.env) process.env[mark] = "left";
    else Object.defineProperty(place, mark, { value: true, configurable: true });
  }
  process.on(mark, () => undefined);
  const { file = "", channel = "" } = config;
  if (file !== "") {
    fs.openSync(file, "a");
    setInterval(() => fs.appendFileSync(file, "."), 1);
  }
  if (channel !== "") {
    const listening = new BroadcastChannel(channel);
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- its types have no other
    listening.onmessage = () => fs.appendFileSync(file, "heard");
  }
  // What a worker has compiled is shared with later guests; this would be of the attacker's making.
  const source = "(function () { return () => { throw new Error('the code of somebody else'); }; })";
  const glue = { source, cache: new Uint8Array() };
  const code = { kind: "compiled", glue, coreModules: new Map(), instances: new Map() };
  parentPort?.postMessage({ type: "compiled", code });
  parentPort?.on("message", () => fs.appendFileSync(file, "another job"));
}

function look(): string {
  const found = Object.entries(places).flatMap(([name, place]) => (Object.hasOwn(place, mark) ? [name] : []));
  if (visits > 0) found.push("a variable of a module");
  if (process.listenerCount(mark) > 0) found.push("a listener");
  return found.length === 0 ? "nothing" : found.join(", ");
}

const vault: HostPackage = {
  name: "acme:secret",
  version: "1.0.0",
  interfaces: { vault: { authority: "granted" } },
  functionTypes: { "acme:secret/vault#read-secret": "(name: string) -> string" },
  prepare: ({ config }) =>
    Promise.resolve({
      vault: {
        "read-secret": hostFunction({
          call(_name: string) {
            if (config["leave"] === "yes") leave(config);
            return look();
          },
          durability: "written",
        }),
      },
    }),
};

export const hostPackages: readonly HostPackage[] = [...builtIn, vault];
