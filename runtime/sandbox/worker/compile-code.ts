import { WrunError } from "../../errors/index.js";
import { capCoreModules, type ResourceCaps } from "../limits/cap-core-module.js";
import { countInstances } from "../limits/count-instances.js";
import { type CompiledGlue, compileGlue } from "./compile-glue.js";

/** A component as it was linked. */
export interface LinkedCode {
  readonly kind: "linked";
  /** jco's generated module, and the core modules by the names it asks for. */
  readonly glue: string;
  readonly coreModules: ReadonlyMap<string, Uint8Array>;
}

/**
 * A component that is compiled under certain caps. It can be posted, and holds nothing of a guest: it is made before the
 * first guest's first instruction, and is the same for every further one.
 */
export interface CompiledCode {
  readonly kind: "compiled";
  readonly glue: CompiledGlue;
  readonly coreModules: ReadonlyMap<string, WebAssembly.Module>;
  /** How often each module may be instantiated; the caps were shared out over that. */
  readonly instances: ReadonlyMap<string, number>;
  /** What its memories can grow to, together. */
  readonly linearBytes: number;
}

/** @throws WrunError where the component asks for more than the caps, or is not valid */
export function compileCode({ glue, coreModules }: LinkedCode, caps: ResourceCaps): CompiledCode {
  const instances = countInstances(glue);
  const { modules, linearBytes } = capCoreModules(coreModules, instances, caps);
  return {
    kind: "compiled",
    glue: compileGlue(glue),
    coreModules: new Map([...modules].map(([name, bytes]) => [name, compileModule(bytes)])),
    instances,
    linearBytes,
  };
}

function compileModule(bytes: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    const reason = `does not compile: ${error instanceof Error ? error.message : String(error)}`;
    throw new WrunError("CORE_MODULE_MALFORMED", { reason }, { cause: error });
  }
}
