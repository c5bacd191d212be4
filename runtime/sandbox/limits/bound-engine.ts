import { setFlagsFromString } from "node:v8";

const isOfNode20 = process.versions.node.startsWith("20.");

/**
 * Has the engine compile in bounded time and memory what `component/engine-cost/` admits. Two steps of its optimizing
 * compiler have no bound that tells a hostile function from an honest one. The settings are the process's; they change how
 * code is laid out, and not what it does.
 *
 * Called before anything of a guest is compiled.
 */
export function boundEngine(): void {
  // It copies a value into every block that uses it, and with it what that is made of: a function of 15 KB takes half a
  // gigabyte, one of 60 KB ends the process.
  setFlagsFromString("--no-turbo-splitting");
  // Its first choice of how to assign registers takes time with the square of the blocks, 6 s for a function of 500 KB;
  // the other, which it has for huge functions, goes over the code once. Later engines have one way and no such flag.
  if (isOfNode20) setFlagsFromString("--turbo-force-mid-tier-regalloc");
}

/**
 * Components made from JavaScript use extended constant expressions. Node 20 has them behind a flag of V8 that later
 * versions do not know any more; the flag is of the process, and must be set before the first module is compiled.
 */
export function allowExtendedConstants(): void {
  if (isOfNode20) setFlagsFromString("--experimental-wasm-extended-const");
}
