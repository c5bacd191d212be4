import type { ResourceType, ValueType } from "../../../../runtime/component/wit-types.js";
import { alignment, coreSignature, type CoreValue, size, Trap } from "./canonical-abi/layout.js";
import { FlatValues, liftFlat, load } from "./canonical-abi/lift.js";
import type { Laxity } from "./differences.js";
import type { Call, HostObject } from "./guest-call.js";

/** What the specification makes of a call. */
export interface Expected {
  readonly args: readonly unknown[] | Trap;
  /** Which known laxities it met on the way. */
  readonly met: ReadonlySet<Laxity>;
  /** The handles that the guest still has. */
  readonly left: ReadonlyMap<string, HostObject>;
}

export function expectedArguments(call: Call, memoryBytes: number): Expected {
  const { type, core, image, encoding } = call;
  const memory = new Uint8Array(memoryBytes);
  memory.set(image);
  const lent = new Set<string>();
  const left = new Map(call.handles);
  const met = new Set<Laxity>();
  const cx = {
    memory,
    encoding,
    met,
    counts: { numbers: 0, items: 0, text: 0 },
    handle(kind: "own" | "borrow", { name }: ResourceType, number: number): object {
      const key = `${name} ${number}`;
      const object = left.get(key);
      if (object === undefined) {
        if (kind === "borrow" && left.has(`${name} ${(number << 1) >>> 1}`)) met.add("handle");
        throw new Trap("unknown handle");
      }
      if (kind === "borrow") lent.add(key);
      else if (lent.has(key)) throw new Trap("given away while it is lent");
      else left.delete(key);
      return object;
    },
  };
  const types = type.params.map((param) => param.type);
  const signature = coreSignature(types, type.result);
  const checked = (value: CoreValue | undefined, pointed: ValueType): number => {
    const pointer = Number(value) >>> 0;
    if (pointer % alignment(pointed) !== 0) {
      met.add("alignment");
      throw new Trap("not aligned");
    }
    if (pointer < memory.length && pointer + size(pointed) > memory.length) met.add("end outside");
    if (pointer + size(pointed) > memory.length) throw new Trap("outside");
    return pointer;
  };
  try {
    if (signature.returnsPointer && type.result !== undefined) checked(core.at(-1), type.result);
    if (signature.spilled) {
      const tuple: ValueType = { kind: "tuple", items: types };
      return { args: load(cx, checked(core[0], tuple), tuple) as unknown[], met, left };
    }
    const flat = new FlatValues(core, signature.params);
    return { args: types.map((param) => liftFlat(cx, flat, param)), met, left };
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return { args: error, met, left };
  }
}
