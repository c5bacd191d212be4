import { getArguments } from "wasi:cli/environment@0.2.12";
import { getRandomU64 } from "wasi:random/random@0.2.12";
import { print } from "../client/output.js";

// Attacks: a host that stops a guest by an exception. Catches everything and never ends. Prints `swallowing`; then,
// without an argument, computes for ever; with `calls` asks for a random number for ever; with `talk` prints for ever.
// Held by: ending the worker from outside, and for `calls` and `talk` by a trap that JavaScript cannot catch.

const attempts: Readonly<Record<string, () => unknown>> = {
  quiet: () => Math.sqrt(2),
  calls: () => getRandomU64(),
  talk: () => print("still running"),
};

export const run = {
  run(): void {
    print("swallowing");
    const mode = getArguments().at(-1) ?? "quiet";
    const attempt = attempts[mode] ?? attempts["quiet"];
    for (;;) {
      try {
        attempt?.();
      } catch {
        // On purpose: whatever it was, go on.
      }
    }
  },
};
