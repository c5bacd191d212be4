/**
 * Uses the toolchain, itself a large WebAssembly program, and prints what it makes; with `metered` as the argument, all of
 * its core modules are metered first. In a process of its own, since it changes how the process compiles modules, and that
 * before anything is loaded which brings the toolchain with it.
 */
import {
  counterModule,
  counterName,
  decodeCounter,
  encodeCounter,
} from "../../../runtime/component/meter/counter.js";
import { meterCoreModule } from "../../../runtime/component/meter/index.js";

interface Engine {
  compile(bytes: Uint8Array): Promise<unknown>;
  instantiate(module: unknown, imports?: WebAssembly.Imports): Promise<unknown>;
}

const start = { fuel: 1_000_000_000_000, depth: 20_000 };
const counter = new WebAssembly.Global({ value: "i64", mutable: true }, encodeCounter(start));
if (process.argv[2] === "metered") {
  const engine = WebAssembly as unknown as Engine;
  const { compile, instantiate } = engine;
  engine.compile = async (bytes) => compile(meterCoreModule(new Uint8Array(bytes)));
  engine.instantiate = (module, imports) =>
    instantiate(module, { ...imports, [counterModule]: { [counterName]: counter } });
}
const { parse, print } = await import("@bytecodealliance/jco-transpile/wasm-tools");
const { ledgerWat } = await import("../sample-components.js");
const text = await print(await parse(ledgerWat));
const { fuel, depth } = decodeCounter(counter.value);
process.stdout.write(JSON.stringify({ text, used: start.fuel - fuel, depth }));
