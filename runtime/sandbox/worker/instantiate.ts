import { WrunError } from "../../errors/index.js";
import type { ImportObject } from "../gate/bind-imports.js";
import type { InstantiateCore } from "../gate/guard-core.js";
import type { ImportLowering } from "../gate/lowering/import-lowering.js";
import { capCoreModules, type ResourceCaps } from "../limits/cap-core-module.js";
import { countInstances, holdToCount } from "../limits/count-instances.js";

/** What jco's generated module exports in synchronous instantiation mode. */
type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: ImportObject,
  instantiateCore: InstantiateCore,
  lowering: ImportLowering,
) => Record<string, unknown>;

/**
 * Brings a component to life. From the call of the generated function on, guest code runs (core modules have start
 * functions), so that everything before it must be in place.
 *
 * @param glue jco's output for this component, from a cache entry whose hash was checked
 * @returns the exports inside of an object: by themselves a guest that exports `then` would be taken for a promise
 * @throws WrunError where the component cannot be started
 */
export async function instantiateComponent(
  glue: string,
  coreModules: ReadonlyMap<string, Uint8Array>,
  caps: ResourceCaps,
  imports: ImportObject,
  instantiateCore: InstantiateCore,
  lowering: ImportLowering,
): Promise<{ readonly exports: Record<string, unknown> }> {
  const instances = countInstances(glue);
  const capped = capCoreModules(coreModules, instances, caps);
  const compiled = new Map([...capped].map(([name, bytes]) => [name, compile(bytes)]));
  const url = `data:text/javascript;base64,${Buffer.from(glue).toString("base64")}`;
  const { instantiate } = (await import(url)) as { instantiate: Instantiate };
  const names = new Map([...compiled].map(([name, module]) => [module, name]));
  const countDown = holdToCount(instances);
  const exports = instantiate(
    (name) => {
      const module = compiled.get(name);
      if (module === undefined) throw new TypeError(`no core module ${name}`);
      return module;
    },
    imports,
    (module, importObject) => {
      countDown(names.get(module) ?? "?");
      return instantiateCore(module, importObject);
    },
    lowering,
  );
  return { exports };
}

function compile(bytes: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    const reason = `does not compile: ${error instanceof Error ? error.message : String(error)}`;
    throw new WrunError("CORE_MODULE_MALFORMED", { reason }, { cause: error });
  }
}
