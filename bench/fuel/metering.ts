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

/** All modules draw on one account, as those of a component do. Undefined as long as nothing meters core modules. */
export function meteredWorkbench(): Workbench | undefined {
  return undefined;
}
