import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Without an argument it collects everything; what is not "minor" in its options does not. */
type Collect = (options?: { readonly type: "minor" }) => void;

let collect: Collect | undefined;

/**
 * Collects what is new, which is quick; and everything, where more than `most` bytes of buffers are still there.
 */
export function collectBuffers(most: number): void {
  collect ??= openCollector();
  collect({ type: "minor" });
  if (process.memoryUsage().arrayBuffers > most) collect();
}

/**
 * Has the engine collect this thread's garbage now. By itself it lets tens of megabytes wait that lie outside of its heap: the
 * bytes of buffers. The function for it is not in the worker's own context, where other code could reach it.
 */
export function collectAll(): void {
  collect ??= openCollector();
  collect();
}

function openCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof found !== "function") throw new TypeError("the engine has no collector to ask");
  return found as Collect;
}
