import type { BoundImports } from "../bind-imports.js";
import { worldInterface } from "../call-site.js";
import type { GateEntrance } from "../fused/gate-entrance.js";
import type { HeldMemoryMeter } from "../../limits/held-memory.js";
import type { Poison } from "../poison.js";
import { type CoreFunction, fuseLowering } from "./fuse-lowering.js";
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
  entrance: GateEntrance,
  poison: Poison,
  memory: Pick<HeldMemoryMeter, "passing">,
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
      const made = fuseLowering(from, call.type, entrance(call), poison, bound.shellClassOf, memory);
      lowered.add(made);
      return made;
    },
  };
}
