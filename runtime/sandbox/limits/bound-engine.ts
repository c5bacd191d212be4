import { setFlagsFromString } from "node:v8";

/**
 * Has the engine compile in bounded memory what `component/engine-cost/` admits. Its optimizing compiler copies a value
 * into every block that uses it, and with it what that is made of: a function of 15 KB takes half a gigabyte, one of 60 KB
 * ends the process. No limit tells such a function from an honest one, so that this step of it is turned off. The setting is
 * the process's; it changes how code is laid out, and not what it does.
 *
 * Called before anything of a guest is compiled.
 */
export function boundEngine(): void {
  setFlagsFromString("--no-turbo-splitting");
}
