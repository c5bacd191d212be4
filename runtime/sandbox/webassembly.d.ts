/** The part of the WebAssembly JavaScript interface that is used here; Node's types leave it to the DOM's. */
declare global {
  namespace WebAssembly {
    type ImportValue = unknown;
    type ModuleImports = Record<string, ImportValue>;
    type Imports = Record<string, ModuleImports>;
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Instance {
      constructor(module: Module, imports?: Imports);
      readonly exports: Record<string, unknown>;
    }
    class Global {
      constructor(type: { readonly value: "i64"; readonly mutable: true }, value: bigint);
      value: bigint;
    }
    class RuntimeError extends Error {}
    class Memory {
      constructor(limits: { initial: number; maximum?: number });
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
    function compile(bytes: Uint8Array): Promise<Module>;
    function instantiate(module: Module, imports?: Imports): Promise<Instance>;
    function validate(bytes: Uint8Array): boolean;
  }
}

export {};
