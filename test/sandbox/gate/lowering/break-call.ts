import type { Random } from "../../../fuzz/random.js";
import { coreSignature, type CoreValue } from "./canonical-abi/layout.js";
import type { Spot } from "./canonical-abi/lower.js";
import type { Call } from "./guest-call.js";

/** Lengths, pointers, discriminants, characters and handles on either side of what is allowed. */
const telling = [
  0, 1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 65_535, 65_536, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0x10ffff, 0x110000,
  0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff, 0x3fff_ffff, 0x4000_0000, 0x1fff_ffff, 0x2000_0000,
];

/** Writes over one thing or more in a call as a hostile guest might. */
export function breakCall(random: Random, call: Call, memoryBytes: number): Call {
  const core = [...call.core];
  const image = call.image.slice();
  const types = coreSignature(
    call.type.params.map(({ type }) => type),
    call.type.result,
  ).params;
  const handles = [...call.handles.keys()].map((key) => Number(key.split(" ")[1]));
  const other = (value: number): number =>
    random.pick([
      random.pick(telling),
      value + 1,
      value - 1,
      value ^ (1 << random.below(32)),
      memoryBytes - random.below(16),
      random.below(2 ** 32),
      ...handles,
    ]) >>> 0;
  const breakFlat = (index: number): void => {
    const value = core[index] ?? 0;
    const type = types[index];
    if (type === "i32") core[index] = other(Number(value)) | 0;
    else if (type === "i64") core[index] = otherBig(random, value, other);
  };
  const breakSpot = (spot: Spot): void => {
    if ("flat" in spot) return breakFlat(spot.flat);
    const view = new DataView(image.buffer);
    if (spot.bytes === 1) view.setUint8(spot.at, other(view.getUint8(spot.at)) & 255);
    else if (spot.bytes === 2) view.setUint16(spot.at, other(view.getUint16(spot.at, true)) & 65_535, true);
    else view.setUint32(spot.at, other(view.getUint32(spot.at, true)), true);
  };
  for (let count = random.pick([1, 1, 1, 2, 3]); count > 0 && call.spots.length > 0; count -= 1)
    breakSpot(random.pick(call.spots));
  return { ...call, core, image };
}

function otherBig(random: Random, value: CoreValue, other: (value: number) => number): bigint {
  const low = BigInt(other(Number(BigInt.asUintN(32, BigInt(value)))));
  const high = BigInt(random.pick([0, 1, 0x8000_0000, 0xffff_ffff, random.below(2 ** 32)]));
  return BigInt.asIntN(64, (high << 32n) | low);
}
