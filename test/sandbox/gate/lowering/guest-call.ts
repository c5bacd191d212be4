import assert from "node:assert/strict";
import type { FunctionType, ResourceType, ValueType } from "../../../../runtime/component/wit-types.js";
import type { Random } from "../../../fuzz/random.js";
import { alignment, alignTo, coreSignature, type CoreValue, size } from "./canonical-abi/layout.js";
import type { Encoding } from "./canonical-abi/lift.js";
import { lowerFlat, type Lowering, type Spot, store } from "./canonical-abi/lower.js";
import { heapStart } from "./component-text.js";
import type { Guest } from "./two-ways.js";
import { someValue } from "./values.js";

/** A host object as tests make them: told apart by its number. */
export class HostObject {
  static #made = 0;
  readonly resource: string;
  readonly number: number;
  constructor(resource: ResourceType) {
    this.resource = resource.name;
    this.number = HostObject.#made += 1;
  }
}

/** One call as a guest would make it: core values, and what its memory holds. */
export interface Call {
  readonly name: string;
  readonly type: FunctionType;
  readonly encoding: Encoding;
  readonly args: readonly unknown[];
  readonly answer: unknown;
  readonly core: CoreValue[];
  readonly image: Uint8Array;
  /** What a hostile guest would change. */
  readonly spots: readonly Spot[];
  /** By resource and number: what the guest holds. */
  readonly handles: ReadonlyMap<string, HostObject>;
}

const firstByte = 1024;

/** Makes a call's values, lowers its arguments as a guest would, and gives all guests the handles for it. */
export function makeCall(
  random: Random,
  guests: readonly Guest[],
  name: string,
  type: FunctionType,
  encoding: Encoding,
): Call {
  const make = (resource: ResourceType): HostObject => new HostObject(resource);
  const types = type.params.map((param) => param.type);
  const args = types.map((param) => someValue(random, param, make));
  const answer = type.result === undefined ? undefined : someValue(random, type.result, make);

  const image = new Uint8Array(heapStart);
  let next = firstByte;
  const handles = new Map<string, HostObject>();
  const cx: Lowering = {
    memory: image,
    encoding,
    allocate(bytes, align) {
      const at = alignTo(next, align) + align * random.below(3);
      next = at + bytes;
      assert.ok(next <= heapStart, "the arguments need more memory than there is");
      return at;
    },
    handle(_, resource, value) {
      const numbers = guests.map((guest) => guest.call(`make-${resource.name}`, [], value).core);
      const [number] = numbers;
      assert.ok(
        typeof number === "number" && numbers.every((other) => other === number),
        `handles ${numbers.join(", ")}`,
      );
      handles.set(`${resource.name} ${number}`, value as HostObject);
      return number;
    },
    junk: (core) => (core === "i64" ? 0n : 0),
    spots: [],
  };
  const { spilled, returnsPointer } = coreSignature(types, type.result);
  const core: CoreValue[] = [];
  if (spilled) {
    const tuple: ValueType = { kind: "tuple", items: types };
    const pointer = cx.allocate(size(tuple), alignment(tuple));
    store(cx, pointer, tuple, args);
    core.push(pointer);
  } else core.push(...types.flatMap((param, index) => lowerFlat(cx, param, args[index])));
  if (returnsPointer && type.result !== undefined)
    core.push(cx.allocate(size(type.result), alignment(type.result)));
  const spots = [...cx.spots, ...core.map((_, flat) => ({ flat }))];
  return { name, type, encoding, args, answer, core, image, spots, handles };
}
