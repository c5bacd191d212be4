import {
  counterModule,
  counterName,
  decodeCounter,
  encodeCounter,
  mostDepth,
  mostFuel,
} from "../../runtime/component/meter/counter.js";
import { meterCoreModule } from "../../runtime/component/meter/index.js";

/** Core modules as they are, or metered: what a measure is of, and what it is beside. */
export interface Workbench {
  readonly name: string;
  instantiate(bytes: Uint8Array, imports: WebAssembly.Imports): WebAssembly.Instance;
  compile(bytes: Uint8Array): WebAssembly.Module;
  link(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance;
  /** Units of fuel that were used since the last time it was asked; undefined where none are counted. */
  used(): number | undefined;
}

export function plainWorkbench(): Workbench {
  const compile = (bytes: Uint8Array) => new WebAssembly.Module(bytes);
  const link = (module: WebAssembly.Module, imports: WebAssembly.Imports) =>
    new WebAssembly.Instance(module, imports);
  return {
    name: "un-instrumented",
    compile,
    link,
    instantiate: (bytes, imports) => link(compile(bytes), imports),
    used: () => undefined,
  };
}

/** All modules draw on one account, as those of a component do. */
export function meteredWorkbench(): Workbench {
  const full = encodeCounter({ fuel: mostFuel, depth: mostDepth });
  const counter = new WebAssembly.Global({ value: "i64", mutable: true }, full);
  const compile = (bytes: Uint8Array) => new WebAssembly.Module(meterCoreModule(bytes));
  const link = (module: WebAssembly.Module, imports: WebAssembly.Imports) =>
    new WebAssembly.Instance(module, { ...imports, [counterModule]: { [counterName]: counter } });
  return {
    name: "metered",
    compile,
    link,
    instantiate: (bytes, imports) => link(compile(bytes), imports),
    used() {
      const { fuel } = decodeCounter(counter.value);
      counter.value = full;
      return mostFuel - fuel;
    },
  };
}
