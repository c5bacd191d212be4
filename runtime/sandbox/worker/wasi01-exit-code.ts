import type { InstantiateCore } from "../gate/guard-core.js";

/**
 * The exit code of a program for WASI 0.1. It passes the code to `proc_exit` of its adapter, which calls `exit` of
 * `wasi:cli` with no more than success or failure. The code is noted on its way into the adapter.
 *
 * Every core module is watched that imports the function under its name of WASI 0.1, whoever adapted it: what a
 * publisher adapted is a component like any other. A guest can choose no more by it than its own exit code.
 */
export interface ExitCode {
  /** Watches the imports of the core instances that this makes. The function in their place is no WebAssembly one, so
   * that the guard behind it treats it like every function of JavaScript. */
  watching(instantiateCore: InstantiateCore): InstantiateCore;
  /** The code for a failure (1) that is on its way out of `proc_exit`; any other is as it was. 0 to 255. */
  exactly(code: number): number;
}

const interfaceName = "wasi_snapshot_preview1";
const functionName = "proc_exit";

export function createExitCode(): ExitCode {
  let noted: number | undefined;

  function noting(exit: WebAssembly.ImportValue): WebAssembly.ImportValue {
    if (typeof exit !== "function") return exit;
    return (...args: unknown[]): unknown => {
      noted = Number(args[0]);
      try {
        return Reflect.apply(exit, undefined, args) as unknown;
      } finally {
        noted = undefined;
      }
    };
  }

  return {
    watching: (instantiateCore) => (module, imports) => {
      if (imports === undefined || !Object.hasOwn(imports, interfaceName))
        return instantiateCore(module, imports);
      const functions = { ...imports[interfaceName] };
      const exit = Object.hasOwn(functions, functionName) ? functions[functionName] : undefined;
      if (exit !== undefined) functions[functionName] = noting(exit);
      return instantiateCore(module, { ...imports, [interfaceName]: functions });
    },
    // A failure stays one: of 256 a process's exit code would have only the low eight bits, which are 0.
    exactly: (code) => (code === 1 && noted !== undefined ? noted & 0xff || 1 : code),
  };
}
