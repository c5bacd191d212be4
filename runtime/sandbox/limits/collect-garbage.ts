import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options?: { readonly type: "minor" | "major" }) => void;

let collect: Collect | undefined;

/**
 * Has the engine collect this thread's garbage now. By itself it lets tens of megabytes wait that lie outside of its heap: the
 * bytes of buffers. The function for it is not in the worker's own context, where other code could reach it.
 */
export function collectGarbage(type: "minor" | "major"): void {
  collect ??= openCollector();
  collect({ type });
}

function openCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof found !== "function") throw new TypeError("the engine has no collector to ask");
  return found as Collect;
}
