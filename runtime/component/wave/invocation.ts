import type { FunctionType } from "../wit-types.js";
import { Cursor } from "./cursor.js";
import { noneOf, parseValue } from "./parse-value.js";

/** A call as it is written on a command line. */
export interface Invocation {
  /** As written: `greet`, `demo:app/api@1.0.0#greet`, `[static]counter.make`. */
  readonly name: string;
  /** With its parentheses. */
  readonly argsText: string;
  /** Of the first character of {@link argsText}; columns count from 1. */
  readonly column: number;
}

const functionName = /[a-zA-Z[][^\s(]*/y;

/** Splits `name(arguments)`; a name alone is a call without arguments. Throws `WAVE_SYNTAX`. */
export function parseInvocation(text: string): Invocation {
  const cursor = new Cursor(text);
  cursor.skipBlank();
  const name = cursor.match(functionName);
  if (name === undefined) throw cursor.unexpected("the name of a function");
  cursor.skipBlank();
  if (cursor.done) return { name, argsText: "()", column: text.length + 1 };
  const argsText = text.slice(cursor.position);
  const column = Array.from(text.slice(0, cursor.position)).length + 1;
  return { name, argsText, column };
}

/**
 * The arguments of a call of `type`, in the shapes that {@link parseValue} describes. `none` arguments at the end may
 * be left out. Throws `WAVE_SYNTAX` with the column in the text that the invocation was part of.
 */
export function parseWaveArgs(
  type: FunctionType,
  invocation: Pick<Invocation, "argsText"> & Partial<Pick<Invocation, "column">>,
): readonly unknown[] {
  const cursor = new Cursor(invocation.argsText, invocation.column);
  const { params } = type;
  const values: unknown[] = [];
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
  for (const param of params.slice(values.length)) {
    if (param.type.kind !== "option") throw cursor.error(`the argument ${param.name} is missing`);
    values.push(noneOf(param.type.type));
  }
  cursor.skipBlank();
  if (!cursor.done) throw cursor.unexpected("the end of the call");
  return values;
}

/** One value that is the whole text. */
export function parseWave(type: FunctionType["params"][number]["type"], text: string): unknown {
  const cursor = new Cursor(text);
  const value = parseValue(cursor, type);
  cursor.skipBlank();
  if (!cursor.done) throw cursor.unexpected("the end of the value");
  return value;
}
