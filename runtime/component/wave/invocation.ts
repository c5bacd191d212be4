import { WrunError } from "../../errors/index.js";
import { describeType } from "../describe.js";
import type { FunctionType, ResourceType, ValueType } from "../wit-types.js";
import { Cursor } from "./cursor.js";
import { noneOf, parseValue } from "./parse-value.js";

/** Looks up what an invocation names. Each throws a WrunError for a name that is not there. */
export interface Lookup<Target extends Callable> {
  /** A function, a resource's constructor or a static function, by a name as it was written. */
  function(name: string): Target;
  method(resource: ResourceType, name: string): Target;
}

/** Something that can be called; whoever looks it up knows more of it than its type. */
export interface Callable {
  readonly type: FunctionType;
}

/** One call of an invocation. */
export interface Step<Target extends Callable> {
  readonly target: Target;
  /** The step that returned the handle which a method is called on. */
  readonly self: number | undefined;
  /** Without that handle. In place of any other handle stands a {@link HandleOf}. */
  readonly args: readonly unknown[];
}

/** The handle that an earlier step returned. */
export interface HandleOf {
  readonly step: number;
}

const functionName = /(?=[a-zA-Z[])(?:\[(?:constructor|method|static)\]|[^\s()[\]{},"'])+/y;

/** What may come behind a name that has no parentheses. */
const endOfName = /(?=$|[.,)\]}])/y;

/** Calls in the arguments of calls are read by recursion, and only here does the text decide how deep that goes. */
const deepest = 50;

/**
 * Reads `name(arguments)`, and behind it any number of `.method(arguments)` on the resource that came back. Arguments are
 * WAVE; where a function takes a handle, an invocation that returns one is written. What has no arguments may leave its
 * parentheses out. The steps are in the order in which they are to be taken, and the last one is the whole; nothing has
 * been called yet. Throws what `lookup` throws, `WAVE_SYNTAX` and `METHOD_ON_VALUE`.
 */
export function parseInvocation<Target extends Callable>(
  text: string,
  lookup: Lookup<Target>,
): readonly Step<Target>[] {
  const steps: Step<Target>[] = [];
  const cursor = new Cursor(text, readHandle);
  let depth = 0;
  readChain("the name of a function");
  cursor.skipBlank();
  if (!cursor.done) throw cursor.unexpected("the end of the call");
  return steps;

  function readChain(expected: string): void {
    cursor.skipBlank();
    const at = cursor.position;
    const name = cursor.match(functionName);
    if (name === undefined) throw cursor.unexpected(expected);
    if (depth >= deepest) throw cursor.error(`calls are nested more than ${deepest} deep`, at);
    depth += 1;
    readCall(lookup.function(name), undefined);
    while (cursor.take(".")) readMethod();
    depth -= 1;
  }

  function readMethod(): void {
    const at = cursor.position;
    const method = cursor.label()?.replace(/^%/, "");
    if (method === undefined) throw cursor.unexpected("the name of a method");
    const result = resultOf(steps.at(-1));
    const resource = resourceIn(result);
    if (resource === undefined) {
      throw new WrunError("METHOD_ON_VALUE", {
        column: cursor.column(at),
        method,
        type: result === undefined ? "nothing" : describeType(result),
      });
    }
    readCall(lookup.method(resource, method), steps.length - 1);
  }

  function readCall(target: Target, self: number | undefined): void {
    const params = self === undefined ? target.type.params : target.type.params.slice(1);
    steps.push({ target, self, args: readArguments(cursor, params) });
  }

  function readHandle(wanted: ResourceType): HandleOf {
    cursor.skipBlank();
    const at = cursor.position;
    readChain(`a call that returns a ${wanted.name}`);
    const result = resultOf(steps.at(-1));
    if (resourceIn(result) !== wanted) {
      const returned = result === undefined ? "nothing" : describeType(result);
      throw cursor.error(`a ${wanted.name} is wanted here, and this returns ${returned}`, at);
    }
    return { step: steps.length - 1 };
  }
}

/** The resource whose methods can be called on what a function returns: on a handle, and on one in `ok` or `some`. */
export function resourceIn(type: ValueType | undefined): ResourceType | undefined {
  if (type?.kind === "result") return ownedBy(type.ok);
  return ownedBy(type?.kind === "option" ? type.type : type);
}

function ownedBy(type: ValueType | undefined): ResourceType | undefined {
  return type?.kind === "own" ? type.resource : undefined;
}

function resultOf(step: Step<Callable> | undefined): ValueType | undefined {
  return step?.target.type.result;
}

/** `none` arguments at the end may be left out, and so may the parentheses of a call that is left without any. */
function readArguments(cursor: Cursor, params: FunctionType["params"]): readonly unknown[] {
  const values: unknown[] = [];
  cursor.skipBlank();
  if (cursor.match(endOfName) === undefined) {
    cursor.expect("(");
    while (!cursor.take(")")) {
      const param = params[values.length];
      if (param === undefined)
        throw cursor.error(`the function takes ${params.length} arguments, this is one more`);
      values.push(parseValue(cursor, param.type));
      if (cursor.take(",")) continue;
      cursor.expect(")", "',' or ')'");
      break;
    }
  }
  for (const param of params.slice(values.length)) {
    if (param.type.kind !== "option") throw cursor.error(`the argument ${param.name} is missing`);
    values.push(noneOf(param.type.type));
  }
  return values;
}

/** One value that is the whole text. */
export function parseWave(type: ValueType, text: string): unknown {
  const cursor = new Cursor(text);
  const value = parseValue(cursor, type);
  cursor.skipBlank();
  if (!cursor.done) throw cursor.unexpected("the end of the value");
  return value;
}
