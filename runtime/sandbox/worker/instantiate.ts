import type { ImportObject } from "../gate/bind-imports.js";
import type { InstantiateCore } from "../gate/guard-core.js";
import type { ImportLowering } from "../gate/lowering/import-lowering.js";
import { holdToCount } from "../limits/count-instances.js";
import type { HeldMemoryMeter } from "../limits/held-memory.js";
import type { CompiledCode } from "./compile-code.js";
import { runGlue } from "./compile-glue.js";

/** Charged for the values that generated code makes of what is in the guest's memory. */
type LiftedMemory = Pick<HeldMemoryMeter, "take" | "giveBack">;

/** What jco's generated module exports in synchronous instantiation mode. */
type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: ImportObject,
  instantiateCore: InstantiateCore,
  lowering: ImportLowering,
  memory: LiftedMemory,
) => Record<string, unknown>;

/**
 * Brings a component to life. From the call of the generated function on, guest code runs (core modules have start
 * functions), so that everything before it must be in place.
 *
 * @param code of this component, from a cache entry whose hash was checked
 */
export function instantiateComponent(
  { glue, coreModules, instances }: CompiledCode,
  imports: ImportObject,
  instantiateCore: InstantiateCore,
  lowering: ImportLowering,
  memory: LiftedMemory,
): Record<string, unknown> {
  const instantiate = runGlue(glue) as Instantiate;
  const names = new Map([...coreModules].map(([name, module]) => [module, name]));
  const countDown = holdToCount(instances);
  return instantiate(
    (name) => {
      const module = coreModules.get(name);
      if (module === undefined) throw new TypeError(`no core module ${name}`);
      return module;
    },
    imports,
    (module, importObject) => {
      countDown(names.get(module) ?? "?");
      return instantiateCore(module, importObject);
    },
    lowering,
    memory,
  );
}
