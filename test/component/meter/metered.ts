import assert from "node:assert/strict";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { isWrunError } from "../../../runtime/index.js";
import {
  counterModule,
  counterName,
  decodeCounter,
  encodeCounter,
  type MeterReading,
} from "../../../runtime/component/meter/counter.js";
import { meterCoreModule } from "../../../runtime/component/meter/index.js";

export const enough: MeterReading = { fuel: 1_000_000_000, depth: 20_000 };

/** An account that instances of metered modules draw on. */
export class Account {
  readonly start: MeterReading;
  readonly counter: WebAssembly.Global;

  constructor(start: Partial<MeterReading> = {}) {
    this.start = { ...enough, ...start };
    this.counter = new WebAssembly.Global({ value: "i64", mutable: true }, encodeCounter(this.start));
  }

  get imports(): WebAssembly.Imports {
    return { [counterModule]: { [counterName]: this.counter } };
  }

  get left(): MeterReading {
    return decodeCounter(this.counter.value);
  }

  get used(): number {
    return this.start.fuel - this.left.fuel;
  }
}

export function assemble(wat: string): Promise<Uint8Array> {
  return parse(wat);
}

export function instantiate(
  metered: Uint8Array,
  account: Account,
  imports: WebAssembly.Imports = {},
): Record<string, (...args: unknown[]) => unknown> {
  assert.ok(WebAssembly.validate(metered), "the metered module is not valid");
  const instance = new WebAssembly.Instance(new WebAssembly.Module(metered), {
    ...imports,
    ...account.imports,
  });
  return instance.exports as Record<string, (...args: unknown[]) => unknown>;
}

/** Meters a module in text, and calls one of its exports. */
export async function run(
  wat: string,
  name: string,
  args: readonly unknown[] = [],
  start: Partial<MeterReading> = {},
): Promise<{ readonly result: unknown; readonly used: number; readonly left: MeterReading }> {
  const account = new Account(start);
  const exports = instantiate(meterCoreModule(await assemble(wat)), account);
  let result: unknown;
  try {
    result = exports[name]?.(...args);
  } catch (error) {
    result = error instanceof WebAssembly.RuntimeError ? `trap: ${error.message}` : "exception";
  }
  return { result, used: account.used, left: account.left };
}

export function refusal(attempt: () => unknown): string {
  try {
    attempt();
    return "none";
  } catch (error) {
    if (!isWrunError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}
