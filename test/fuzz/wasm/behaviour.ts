import { createHash } from "node:crypto";
import {
  counterModule,
  counterName,
  decodeCounter,
  encodeCounter,
} from "../../../runtime/component/meter/counter.js";
import { f32, f64, i64, type Signature } from "./encode.js";
import { hostOf } from "./random-module.js";

/** What a module did when all that it exports was called, in order, as far as anybody can see. */
export interface Behaviour {
  /** For each call its results, or what it ended with. */
  readonly calls: readonly string[];
  /** Memory and globals afterwards. */
  readonly state: string;
  /** By its own account, where it keeps one. */
  readonly spent: bigint;
  readonly thrown: number;
  readonly trapped: boolean;
}

export interface Metered {
  readonly behaviour: Behaviour;
  readonly used: number;
  readonly depthLeft: number;
}

export const enough = { fuel: 1_000_000_000, depth: 20_000 } as const;

export function behave(
  bytes: Uint8Array,
  exports: readonly Signature[],
  more: WebAssembly.Imports = {},
): Behaviour {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { ...hostOf(), ...more });
  const calls = exports.map((signature, index) => attempt(instance.exports[`f${index}`], signature, index));
  const global = (name: string): unknown => (instance.exports[name] as { value: unknown }).value;
  const memory = instance.exports["memory"] as { buffer: ArrayBuffer };
  const hash = createHash("sha256").update(new Uint8Array(memory.buffer)).digest("hex").slice(0, 16);
  const globals = ["budget", "thrown", "i", "l", "f", "d"].map((name) => show(global(name)));
  return {
    calls,
    state: [hash, ...globals].join(" "),
    spent: global("spent") as bigint,
    thrown: Number(global("thrown")),
    trapped: calls.some((call) => call.startsWith("RuntimeError")),
  };
}

export function behaveMetered(
  bytes: Uint8Array,
  exports: readonly Signature[],
  start: { readonly fuel: number; readonly depth: number } = enough,
): Metered {
  const counter = new WebAssembly.Global({ value: "i64", mutable: true }, encodeCounter(start));
  const behaviour = behave(bytes, exports, { [counterModule]: { [counterName]: counter } });
  const { fuel, depth } = decodeCounter(counter.value);
  return { behaviour, used: start.fuel - fuel, depthLeft: depth };
}

function attempt(call: unknown, { params }: Signature, index: number): string {
  if (typeof call !== "function") throw new TypeError(`f${index} is not a function`);
  const args = params.map((type, position) => {
    if (type === i64) return BigInt(index * 7 - position);
    return type === f32 || type === f64 ? index + position / 4 : index * 11 + position;
  });
  try {
    const result: unknown = call(...args);
    return Array.isArray(result) ? result.map(show).join(",") : show(result);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return `RuntimeError ${error.message}`;
    // An exception of the guest has no message, and a stack that is used up is none of the guest's doing.
    if (error instanceof RangeError) throw error;
    return "exception";
  }
}

/** Every NaN is alike: how one is represented is the engine's choice. */
function show(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
