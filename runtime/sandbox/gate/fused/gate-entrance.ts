import type { CallGate } from "../bind-imports.js";
import type { BoundCall } from "../call-site.js";
import type { EnterGate } from "../lowering/fuse-lowering.js";
import { foresee } from "./foresee.js";
import { type FusedParts, foreseenGate } from "./gate-code.js";

/** How the lowering of each import leads into the gate. */
export type GateEntrance = (call: BoundCall) => EnterGate;

/** Into the gate that decides at each call. */
export function askingEntrance(gate: CallGate): GateEntrance {
  return (call) => (out, args) => {
    const enter = (values: readonly unknown[]): unknown => gate(call, values);
    return out.keep(`${out.constant(enter)}([${args.join(", ")}])`);
  };
}

/** A foreseen call has a gate of its own, written into its lowering; the others are asked about each time. */
export function fusedEntrance(gate: CallGate, parts: FusedParts): GateEntrance {
  const asking = askingEntrance(gate);
  return (call) => (out, args) => {
    const foreseen = foresee(parts, call);
    return foreseen === undefined ? asking(call)(out, args) : foreseenGate(out, parts, foreseen, args);
  };
}
