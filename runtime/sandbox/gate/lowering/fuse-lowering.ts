import type { FunctionType, ResourceType, ValueType } from "../../../component/wit-types.js";
import type { HeldMemoryMeter } from "../../limits/held-memory.js";
import { mayLendAndGive } from "../loans.js";
import type { Poison } from "../poison.js";
import { type CoreType, flatten, layoutOf, mostFlatParams, mostFlatResults } from "./canonical-layout.js";
import { CodeWriter } from "./code-writer.js";
import { GuestMemory, type InstanceFlags, mayLeave, type Realloc } from "./guest-memory.js";
import { type HandleConverter, handleConverter, type Loans } from "./handles.js";
import { type FlatValues, type LiftContext, liftCode } from "./lift-code.js";
import { type LowerContext, lowerFlat, storeCode } from "./lower-code.js";
import type { ToolchainImport } from "./toolchain-import.js";

/** What a core module calls. */
export type CoreFunction = (...values: never[]) => unknown;

/**
 * Writes what a lowered import leads to: the gate. Gets expressions of the lifted arguments, in which a handle is the
 * shell that stands for it, and returns one of the result.
 */
export type EnterGate = (out: CodeWriter, args: readonly string[]) => string;

const lifts = { utf8: "liftUtf8", utf16: "liftUtf16", "latin1+utf16": "liftLatin1OrUtf16" } as const;
const stores = { utf8: "storeUtf8", utf16: "storeUtf16", "latin1+utf16": "storeLatin1OrUtf16" } as const;

/**
 * Generates the function that a guest calls for one import: it lifts the arguments, enters the gate and lowers what
 * that returns (`canon lower` of the Component Model, for a synchronous function). What goes wrong on the way is the
 * guest's fault or ours, and traps.
 *
 * The code is made at the first call: memories and tables exist only once the component has been instantiated, and
 * most imports of a large component are never called.
 */
export function fuseLowering(
  from: ToolchainImport,
  type: FunctionType,
  enter: EnterGate,
  poison: Poison,
  shellClassOf: (resource: ResourceType) => unknown,
  meter: Pick<HeldMemoryMeter, "passing">,
): CoreFunction {
  const names = coreParameters(type).map((_, index) => `p${index}`);
  const lazy = {
    call(...values: unknown[]): unknown {
      lazy.call = compileOrTrap(from, type, enter, poison, shellClassOf, meter);
      return lazy.call(...values);
    },
  };
  // Generated as well, since an import has a fixed number of parameters and rest parameters cost an array a call.
  const out = new CodeWriter();
  out.line(`return ${out.constant(lazy)}.call(${names.join(", ")});`);
  return out.compile(names);
}

function compileOrTrap(...parts: Parameters<typeof compileLowering>): (...values: unknown[]) => unknown {
  try {
    return compileLowering(...parts);
  } catch (error) {
    const [, , , poison] = parts;
    return poison.trap(faultOf(error));
  }
}

/** Core parameters of the lowered function: the arguments or a pointer to them, then a pointer for the result. */
function coreParameters(type: FunctionType): readonly CoreType[] {
  const flat = type.params.flatMap((param) => flatten(param.type));
  const params: readonly CoreType[] = flat.length > mostFlatParams ? ["i32"] : flat;
  return returnsThroughPointer(type) ? [...params, "i32"] : params;
}

function returnsThroughPointer({ result }: FunctionType): boolean {
  return flatten(result).length > mostFlatResults;
}

function compileLowering(
  from: ToolchainImport,
  type: FunctionType,
  enter: EnterGate,
  poison: Poison,
  shellClassOf: (resource: ResourceType) => unknown,
  meter: Pick<HeldMemoryMeter, "passing">,
): (...values: unknown[]) => unknown {
  const out = new CodeWriter();
  const core = coreParameters(type);
  const names = core.map((_, index) => `p${index}`);
  const flags = flagsOf(from);
  const memory = memoryOf(from, flags, meter);
  const lends = mayLendAndGive(type.params.map((param) => param.type));
  const loans = new Map<ResourceType, Loans>();
  const loansOf = (resource: ResourceType): Loans | undefined => {
    if (lends && !loans.has(resource)) loans.set(resource, new Set());
    return loans.get(resource);
  };
  const converter = (resource: ResourceType): HandleConverter =>
    handleConverter(from, resource, shellClassOf, loansOf(resource));
  const context = createContext(out, from, memory, converter);
  const ended = out.constant(poison);
  const flagsName = out.constant(flags);
  const fault = out.constant((error: unknown): never => poison.trap(faultOf(error)));

  out.line(`if (${ended}.end !== undefined) ${ended}.trap(${ended}.end);`);
  out.line("let answer;");
  out.block("try", () => {
    out.line(
      `if (${flagsName}.value !== ${mayLeave}) throw new TypeError("the guest calls out while it may not");`,
    );
    if (memory !== undefined) out.line(`${context.memory}.beginCall();`);
    const pointer = returnsThroughPointer(type) ? out.keep(`${names.at(-1)} >>> 0`) : undefined;
    if (pointer !== undefined) {
      const { size, align } = layoutOf(type.result);
      out.line(`${context.memory}.check(${pointer}, ${size}, ${align});`);
    }
    const args = liftArguments(context, type, names, core);
    for (const lent of loans.values()) out.line(`${out.constant(lent)}.clear();`);
    const value = enter(out, args);
    if (type.result === undefined) return;
    if (pointer === undefined) out.line(`answer = ${lowerFlat(context, type.result, value)};`);
    else storeCode(context, type.result, value, pointer, 0);
  });
  out.block("catch (error)", () => out.line(`${fault}(error);`));
  out.line(`if (${ended}.end !== undefined) ${ended}.trap(${ended}.end);`);
  out.line("return answer;");
  return out.compile(names);
}

function liftArguments(
  context: LiftContext,
  type: FunctionType,
  names: readonly string[],
  core: readonly CoreType[],
): string[] {
  const types = type.params.map((param) => param.type);
  if (types.flatMap(flatten).length <= mostFlatParams) {
    const flat = flatValues(names, core);
    return types.map((param) => liftCode(context, param, { flat }));
  }
  const tuple: ValueType = { kind: "tuple", items: types };
  const { size, align } = layoutOf(tuple);
  const pointer = context.out.keep("p0 >>> 0");
  context.out.line(`${context.memory}.check(${pointer}, ${size}, ${align});`);
  const all = liftCode(context, tuple, { pointer, offset: 0 });
  return types.map((_, index) => `${all}[${index}]`);
}

function flatValues(names: readonly string[], core: readonly CoreType[]): FlatValues {
  let next = 0;
  return {
    take(wanted) {
      const name = names[next];
      if (name === undefined || core[next] !== wanted)
        throw new TypeError("the parameters do not fit the type");
      next += 1;
      return name;
    },
  };
}

function createContext(
  out: CodeWriter,
  from: ToolchainImport,
  memory: GuestMemory | undefined,
  converter: (resource: ResourceType) => HandleConverter,
): LiftContext & LowerContext {
  return {
    out,
    memory: memory === undefined ? "undefined" : out.constant(memory),
    liftString: lifts[from.stringEncoding],
    storeString: stores[from.stringEncoding],
    liftHandle: (kind, resource) => out.constant(converter(resource)[kind]),
    createHandle: (resource) => out.constant(converter(resource).create),
  };
}

function flagsOf(from: ToolchainImport): InstanceFlags {
  const flags = from.flags();
  if (flags === undefined) throw new TypeError("the calling instance has no flags");
  return flags;
}

function memoryOf(
  from: ToolchainImport,
  flags: InstanceFlags,
  { passing }: Pick<HeldMemoryMeter, "passing">,
): GuestMemory | undefined {
  const memory = from.memory();
  if (memory === undefined) return undefined;
  const realloc = from.realloc();
  const called = typeof realloc === "function" ? (realloc as Realloc) : undefined;
  return new GuestMemory(memory, called, flags, passing);
}

function faultOf(error: unknown): { readonly kind: "fault"; readonly reason: string } {
  return { kind: "fault", reason: error instanceof Error ? error.message : String(error) };
}
