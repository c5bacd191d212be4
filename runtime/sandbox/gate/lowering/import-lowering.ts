import type { BoundImports, CallGate } from "../bind-imports.js";
import { type BoundCall, worldInterface } from "../call-site.js";
import type { Poison } from "../poison.js";
import { foresee } from "../fused/foresee.js";
import { type FusedParts, foreseenGate } from "../fused/gate-code.js";
import { type CoreFunction, type EnterGate, fuseLowering } from "./fuse-lowering.js";
import { readToolchainImport } from "./toolchain-import.js";

/**
 * What generated code asks for each import, as it instantiates the component (`component/expose-lowering.ts`). Where
 * the answer is undefined, the code's own lowering serves, and leads to the same gate.
 */
export type ImportLowering = (
  interfaceName: string,
  functionName: string,
  descriptor: Parameters<typeof readToolchainImport>[2],
  flags: Parameters<typeof readToolchainImport>[3],
  tables: Parameters<typeof readToolchainImport>[4],
) => CoreFunction | undefined;

export function createImportLowering(
  bound: BoundImports,
  gate: CallGate,
  poison: Poison,
  fused?: FusedParts,
): { readonly lowering: ImportLowering; readonly isLowered: (value: object) => boolean } {
  const lowered = new WeakSet<object>();
  return {
    isLowered: (value) => lowered.has(value),
    lowering(interfaceName, functionName, descriptor, flags, tables) {
      const call =
        bound.callOf(interfaceName, functionName) ??
        (interfaceName === functionName ? bound.callOf(worldInterface, functionName) : undefined);
      const from = readToolchainImport(interfaceName, functionName, descriptor, flags, tables);
      if (call === undefined || from === undefined) return undefined;
      const made = fuseLowering(from, call.type, gateOf(call, gate, fused), poison, bound.shellClassOf);
      lowered.add(made);
      return made;
    },
  };
}

/** A foreseen call has a gate of its own, written into its lowering; the others enter the one that decides each time. */
function gateOf(call: BoundCall, gate: CallGate, parts: FusedParts | undefined): EnterGate {
  return (out, args) => {
    const foreseen = parts && foresee(parts, call);
    if (parts !== undefined && foreseen !== undefined) return foreseenGate(out, parts, foreseen, args);
    const enter = (values: readonly unknown[]): unknown => gate(call, values);
    return out.keep(`${out.constant(enter)}([${args.join(", ")}])`);
  };
}
