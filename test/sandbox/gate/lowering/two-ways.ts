import type { FunctionType, ResourceType } from "../../../../runtime/component/wit-types.js";
import { linkComponent } from "../../../../runtime/component/transpile.js";
import { acceptUnsigned } from "../../../../runtime/component/verified-component.js";
import { bindImports, type ImportObject } from "../../../../runtime/sandbox/gate/bind-imports.js";
import type { CallRing } from "../../../../runtime/lineage/in-worker.js";
import type { FusedParts } from "../../../../runtime/sandbox/gate/fused/gate-code.js";
import { askingEntrance, fusedEntrance } from "../../../../runtime/sandbox/gate/fused/gate-entrance.js";
import { createGate } from "../../../../runtime/sandbox/gate/gate.js";
import { guardCore, type InstantiateCore } from "../../../../runtime/sandbox/gate/guard-core.js";
import {
  createImportLowering,
  type ImportLowering,
} from "../../../../runtime/sandbox/gate/lowering/import-lowering.js";
import type { GateParts } from "../../../../runtime/sandbox/gate/parts.js";
import { createPoison, type GuestEnd, type Poison } from "../../../../runtime/sandbox/gate/poison.js";
import { hostFunction, WitError } from "../../../../runtime/sandbox/host-function.js";
import type { Decision } from "../../../../runtime/policy/types.js";
import { assemble } from "../../../component/sample-components.js";
import type { CoreValue } from "./canonical-abi/layout.js";
import type { Encoding } from "./canonical-abi/lift.js";
import { componentText, heapStart } from "./component-text.js";
import { interfaceName } from "./signatures.js";
import { denyUndecided } from "../deny-undecided.js";
import { uncounted } from "../../../attacks/uncounted.js";

/**
 * How an import is lowered: by the toolchain's code, or by ours, which either enters the gate that asks each time or, as
 * far as the types let it, has the gate written into it. The last two pass a value's way from and to memory twice as
 * well, and all of them must agree.
 */
export const ways = ["general", "fused", "foreseen"] as const;
export type Way = (typeof ways)[number];

/** An instance of a component whose core functions a test calls as the guest would. */
export interface Guest {
  readonly memory: () => Uint8Array;
  /** Globals of the memory's module. */
  readonly setNext: (at: number) => void;
  readonly setMode: (mode: number) => void;
  /** Why the last call trapped; undefined where it did not. */
  readonly ended: () => GuestEnd | undefined;
  /** Lets a guest go on after its trap, as no run does. */
  readonly revive: () => void;
  /**
   * Calls an import with core values.
   *
   * @param answer what the host returns
   * @returns the core result, and what the host was given; a trap throws
   */
  call(
    name: string,
    core: readonly CoreValue[],
    answer?: unknown,
  ): { core: unknown; seen: readonly unknown[] };
  /** How often the host functions were called. */
  readonly hostCalls: () => number;
}

export interface Linked {
  /** By `f0`, `f1` …, as the binary has them. */
  readonly functions: ReadonlyMap<string, FunctionType>;
  readonly resource: (name: string) => ResourceType;
  readonly glue: string;
  instantiate(way: Way): Guest;
}

type Instantiate = (
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: ImportObject,
  instantiateCore: InstantiateCore,
  lowering: ImportLowering,
  memory: typeof uncounted,
) => unknown;

const allowed: Decision = { verdict: "allow", rule: null, onViolation: "deny", reason: "" };

export async function linkFunctions(types: readonly FunctionType[], encoding: Encoding): Promise<Linked> {
  const bytes = await assemble(componentText(types, encoding));
  const { glue, coreModules, type } = await linkComponent(acceptUnsigned(bytes, { allowUnsigned: true }));
  const url = `data:text/javascript;base64,${Buffer.from(glue).toString("base64")}`;
  const { instantiate } = (await import(url)) as { instantiate: Instantiate };
  const modules = new Map(
    [...coreModules].map(([name, code]) => [name, new WebAssembly.Module(code.slice())]),
  );
  const imported = type.imports.interfaces.find(({ name }) => name === interfaceName);
  if (imported === undefined) throw new TypeError("the interface is not imported");

  return {
    functions: imported.functions,
    glue,
    resource(name) {
      const found = imported.resources.get(name);
      if (found === undefined) throw new TypeError(`no resource ${name}`);
      return found;
    },
    instantiate(way) {
      const poison = revivablePoison();
      let seen: readonly unknown[] = [];
      let next: unknown;
      let calls = 0;
      const parts: GateParts = {
        trust: { isTrustedAndFresh: () => true },
        policy: { decide: () => allowed, denyUndecided, looksAtArguments: () => false },
        budgets: { charge: () => undefined },
        rates: { take: () => undefined, isLimited: () => false },
        evidence: { intent: () => 0, outcome: () => undefined },
        poison,
        now: () => 1n,
      };
      const gate = createGate(parts);
      const answer = (result: FunctionType["result"]) =>
        hostFunction({
          durability: "ring",
          call(...args: never[]) {
            calls += 1;
            seen = args;
            if (result?.kind !== "result") return next;
            const { tag, val } = next as { tag: string; val: unknown };
            if (tag === "err") throw new WitError(val);
            return val;
          },
        });
      const bound = bindImports(type.imports, (_, __, { result }) => answer(result), gate, uncounted);
      const foreseen: FusedParts = {
        ...parts,
        evidence: { ...parts.evidence, countAllowed: () => 0 },
        ring: endlessRing(),
        clock: () => 1,
        originNs: 0n,
        freshness: { cells: new Int32Array(1), until: 2, renew: () => true },
        resources: bound.resources,
      };
      const { lowering, isLowered } = createImportLowering(
        bound,
        way === "foreseen" ? fusedEntrance(gate, foreseen) : askingEntrance(gate),
        poison,
        uncounted,
      );
      const instances: WebAssembly.Instance[] = [];
      const instantiateCore = guardCore(poison, isLowered);
      instantiate(
        (name) => modules.get(name) as WebAssembly.Module,
        bound.imports,
        (module, importObject) => {
          const instance = instantiateCore(module, importObject);
          instances.push(instance);
          return instance;
        },
        way === "general" ? () => undefined : lowering,
        uncounted,
      );
      const exports = Object.assign({}, ...instances.map((instance) => instance.exports)) as Record<
        string,
        unknown
      >;
      const memory = exports["memory"] as WebAssembly.Memory;
      const setGlobal = (name: string, value: number): void => {
        (exports[name] as { value: number }).value = value;
      };
      setGlobal("next", heapStart);
      return {
        memory: () => new Uint8Array(memory.buffer),
        setNext: (at) => setGlobal("next", at),
        setMode: (mode) => setGlobal("mode", mode),
        ended: () => poison.end,
        revive: poison.revive,
        hostCalls: () => calls,
        call(name, core, value) {
          next = value;
          seen = [];
          const call = exports[name] as (...values: readonly CoreValue[]) => unknown;
          return { core: call(...core), seen };
        },
      };
    },
  };
}

/** Takes every record, and keeps none. */
function endlessRing(): CallRing {
  const bytes = Buffer.alloc(1 << 16);
  const ring = {
    bytes,
    mostBytes: bytes.length,
    nameSite: () => 0,
    nameDecision: () => 0,
    begin: () => 0,
    intent: () => undefined,
    beginOutcome: () => 0,
    outcome: () => undefined,
  };
  return ring as unknown as CallRing;
}

function revivablePoison(): Poison & { readonly revive: () => void } {
  let poison = createPoison();
  return {
    get end() {
      return poison.end;
    },
    trap: (end) => poison.trap(end),
    revive() {
      poison = createPoison();
    },
  };
}
