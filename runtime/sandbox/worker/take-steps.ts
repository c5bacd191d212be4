import { type HandleOf, resourceIn, type Step } from "../../component/in-worker.js";
import type { ValueType } from "../../component/wit-types.js";
import { compileConverter, dispose } from "../gate/resources.js";
import type { ExportedFunction } from "./exported-functions.js";

export interface TypedValue {
  /** Undefined where the function returns nothing. */
  readonly type: ValueType | undefined;
  readonly value: unknown;
}

/**
 * Takes the steps of an invocation one after the other and returns what the last one gave, or the `err` or `none` of an
 * earlier one that had a handle to give. Handles that are left are dropped then, the youngest first, so that destructors
 * run while everything still watches the guest. Whatever a call throws comes through, and after that nothing is dropped:
 * an instance that trapped is not entered again.
 */
export function takeSteps(steps: readonly Step<ExportedFunction>[]): TypedValue {
  const live = new Set<object>();
  const result = callAll(steps, live);
  for (const handle of [...live].reverse()) dispose(handle);
  return result;
}

function callAll(steps: readonly Step<ExportedFunction>[], live: Set<object>): TypedValue {
  const handles: unknown[] = [];
  let last: TypedValue = { type: undefined, value: undefined };
  for (const [index, { target, self, args }] of steps.entries()) {
    const { params, result } = target.type;
    const given = args.map((value, position) => {
      const param = params[self === undefined ? position : position + 1];
      return passHandles(param?.type, value, handles, live);
    });
    const value = callTyped(target, given, self === undefined ? undefined : handles[self]);
    keepHandles(result, value, live);
    last = { type: result, value };
    handles.push(handleIn(result, value));
    if (index < steps.length - 1 && handles[index] === undefined) return last;
  }
  return last;
}

/** Puts handles in the places where the arguments have a {@link HandleOf}. One that is given away is not ours any more. */
function passHandles(
  type: ValueType | undefined,
  argument: unknown,
  handles: readonly unknown[],
  live: Set<object>,
): unknown {
  const handleOf = (place: unknown): object => {
    const handle = handles[(place as HandleOf).step];
    if (typeof handle !== "object" || handle === null || !live.has(handle))
      throw new TypeError("unknown handle");
    return handle;
  };
  const give = (place: unknown): object => {
    const handle = handleOf(place);
    live.delete(handle);
    return handle;
  };
  return compileConverter(type, give, handleOf)(argument);
}

function keepHandles(type: ValueType | undefined, value: unknown, live: Set<object>): void {
  const keep = (handle: unknown): unknown => {
    if (typeof handle === "object" && handle !== null) live.add(handle);
    return handle;
  };
  compileConverter(type, keep, (handle) => handle)(value);
}

/** The handle that a method can be called on; undefined for `err` and `none`. */
function handleIn(type: ValueType | undefined, value: unknown): unknown {
  if (resourceIn(type) === undefined) return undefined;
  if (type?.kind !== "result") return value;
  const { tag, val } = value as { tag: string; val: unknown };
  return tag === "ok" ? val : undefined;
}

/** jco returns the value of `ok` and throws that of `err`; as a WIT value it is one result again. */
function callTyped({ call, type }: ExportedFunction, args: readonly unknown[], self: unknown): unknown {
  if (type.result?.kind !== "result") return call(args, self);
  try {
    return { tag: "ok", val: call(args, self) };
  } catch (error) {
    if (isComponentError(error)) return { tag: "err", val: error.payload };
    throw error;
  }
}

/** What jco throws for the error case of a result. */
export function isComponentError(error: unknown): error is Error & { payload: unknown } {
  return error instanceof Error && Object.hasOwn(error, "payload");
}
