import { Script } from "node:vm";
import { WrunError } from "../../errors/index.js";

/** Generated code as a script, and what the engine made of it, so that it need not be read again. */
export interface CompiledGlue {
  /** An expression: a function that returns `instantiate`. */
  readonly source: string;
  /** V8's code cache of exactly this source, for this version of V8 in this process. */
  readonly cache: Uint8Array;
}

const entry = /^export function instantiate\(/gm;
const afterEntry = /^\};?\n+export const _util = \{/gm;

/**
 * Makes a script of the generated module, and compiles it without running it. An import of the module takes several
 * times as long, and cannot be shared between threads. The module exports a function that holds nearly all of its code;
 * in parentheses it is compiled at once, and so is in the cache.
 *
 * @throws WrunError `INTERNAL` for a module of another form, which only another toolchain would generate
 */
export function compileGlue(glue: string): CompiledGlue {
  const source = scriptOf(glue);
  return { source, cache: compile({ source }).createCachedData() };
}

/** Runs the script once: from here on `instantiate` is this thread's own. */
export function runGlue(compiled: CompiledGlue): unknown {
  const make = compile(compiled).runInThisContext() as () => unknown;
  return make();
}

function scriptOf(glue: string): string {
  const opened = replaceOne(glue, entry, "const instantiate = (function instantiate(", "its entry");
  const closed = replaceOne(opened, afterEntry, "});\nconst _util = {", "the end of its entry");
  if (/^(?:export|import)\b/m.test(closed)) throw unknownForm("what it imports and exports");
  return `(function () {"use strict";\n${closed}\nreturn instantiate;\n})`;
}

function compile({ source, cache }: { readonly source: string; readonly cache?: Uint8Array }): Script {
  return new Script(source, {
    filename: "wrun:component",
    ...(cache === undefined ? {} : { cachedData: cache }),
  });
}

function replaceOne(text: string, pattern: RegExp, replacement: string, what: string): string {
  if ([...text.matchAll(pattern)].length !== 1) throw unknownForm(what);
  return text.replace(pattern, replacement);
}

function unknownForm(what: string): WrunError {
  return new WrunError("INTERNAL", { reason: `generated code has another form: ${what}` });
}
