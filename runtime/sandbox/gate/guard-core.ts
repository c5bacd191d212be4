import type { Poison } from "./poison.js";

/** How jco's generated module instantiates each core module of a component. */
export type InstantiateCore = (
  module: WebAssembly.Module,
  imports?: WebAssembly.Imports,
) => WebAssembly.Instance;

/**
 * Puts a guard around every JavaScript function that a core instance can import: host calls, resource drops and
 * jco's own intrinsics alike. The guard is what makes a trap final:
 *
 * - whatever JavaScript throws into the guest (a pointer out of range, a forged handle, a stack that is used up, a
 *   fault of ours) becomes a real trap, which no `catch_all` sees;
 * - a run that has been poisoned traps at every later call, even if some frame in between swallowed the first trap.
 *
 * Lowered imports of our own have the same guard in their generated code, and `isGuarded` says which those are.
 *
 * WIT errors do not pass here as exceptions: the generated code has lowered them into the guest's memory by then.
 */
export function guardCore(
  poison: Poison,
  isGuarded: (value: object) => boolean = () => false,
): InstantiateCore {
  const wasmFunctions = new WeakSet<object>();

  return (module, imports = {}) => {
    // Without a prototype: a module may import from a namespace called `__proto__` or `constructor`.
    const guarded = Object.create(null) as WebAssembly.Imports;
    for (const [namespace, values] of Object.entries(imports)) {
      const target: WebAssembly.ModuleImports = Object.create(null) as WebAssembly.ModuleImports;
      for (const [name, value] of Object.entries(values)) {
        target[name] =
          typeof value === "function" && !wasmFunctions.has(value) && !isGuarded(value)
            ? guard(value, poison)
            : value;
      }
      guarded[namespace] = target;
    }
    const instance = new WebAssembly.Instance(module, guarded);
    for (const value of Object.values(instance.exports)) {
      if (typeof value === "function") wasmFunctions.add(value);
    }
    return instance;
  };
}

type Trampoline = (...args: unknown[]) => unknown;

function guard(inner: unknown, poison: Poison): Trampoline {
  const call = inner as Trampoline;
  return (...args) => {
    if (poison.end !== undefined) poison.trap(poison.end);
    let result: unknown;
    try {
      result = call(...args);
    } catch (error) {
      poison.trap({ kind: "fault", reason: error instanceof Error ? error.message : String(error) });
    }
    if (poison.end !== undefined) poison.trap(poison.end);
    return result;
  };
}
