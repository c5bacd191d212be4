import type { InstanceFlags } from "./guest-memory.js";

/**
 * One imported function, as the generated code of a component hands it over to be lowered (see
 * `component/expose-lowering.ts`). Made by the toolchain, not by the guest; read here once, since another version of
 * it may say things differently.
 */
export interface ToolchainImport {
  /** `wasi:io/streams@0.2.6`; for a function imported without an interface, the function's own name. */
  readonly interfaceName: string;
  /** WIT name. */
  readonly functionName: string;
  readonly stringEncoding: StringEncoding;
  /** Known only once the instance that has it is there, and so asked for at the first call. */
  readonly memory: () => WebAssembly.Memory | undefined;
  readonly realloc: () => unknown;
  /** The `may_leave` flag of the calling instance. */
  readonly flags: () => InstanceFlags | undefined;
  /** The tables of the handles that the function takes or returns. */
  readonly tables: () => readonly ToolchainTable[];
}

export type StringEncoding = "utf8" | "utf16" | "latin1+utf16";

/** Where generated code keeps the handles of one imported resource for one component instance. */
export interface ToolchainTable {
  /** The class that stands for the resource: one of those in the import object. */
  readonly shellClass: unknown;
  /** Pairs of scope and representation, by handle; a representation has a flag where the handle owns. */
  readonly handles: number[];
  /** Every representation that the table ever made a handle for. */
  readonly created: Set<number>;
  readonly shells: Map<number, object>;
  readonly nextRepresentation: () => number;
  readonly createOwn: (handles: number[], representation: number) => number;
  readonly remove: (handles: number[], handle: number) => unknown;
}

/** What is handed over, before it is believed. */
interface Descriptor {
  readonly isAsync?: unknown;
  readonly funcTypeIsAsync?: unknown;
  readonly isManualAsync?: unknown;
  readonly stringEncoding?: unknown;
  readonly getMemoryFn?: unknown;
  readonly getReallocFn?: unknown;
}

const encodings: readonly string[] = ["utf8", "utf16", "latin1+utf16"] satisfies readonly StringEncoding[];

/** Undefined where the import is of a kind that only the toolchain's own lowering knows. */
export function readToolchainImport(
  interfaceName: string,
  functionName: string,
  descriptor: Descriptor,
  flags: ToolchainImport["flags"],
  tables: ToolchainImport["tables"],
): ToolchainImport | undefined {
  const { stringEncoding = "utf8", getMemoryFn, getReallocFn } = descriptor;
  if (descriptor.isAsync !== false || descriptor.funcTypeIsAsync !== false) return undefined;
  if (descriptor.isManualAsync !== undefined && descriptor.isManualAsync !== false) return undefined;
  if (typeof stringEncoding !== "string" || !encodings.includes(stringEncoding)) return undefined;
  if (typeof getMemoryFn !== "function") return undefined;
  return {
    interfaceName,
    functionName,
    stringEncoding: stringEncoding as StringEncoding,
    memory: () => {
      const memory: unknown = getMemoryFn();
      return memory instanceof WebAssembly.Memory ? memory : undefined;
    },
    realloc: () => (typeof getReallocFn === "function" ? (getReallocFn() as unknown) : undefined),
    flags,
    tables,
  };
}
