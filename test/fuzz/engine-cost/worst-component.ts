import { moduleOf } from "./bombs.js";
import { measure, mostCopies, mostOf, ways } from "./search.js";

/*
 * Compiles modules of as many costly functions as the limits allow in a component, all of the same kind and each of the
 * given part of the largest that is admitted, and prints what that takes as `worst-module.ts` does.
 *
 *   node dist/test/fuzz/engine-cost/worst-component.js PATTERN [PART]
 */

const bounds = { seconds: 240, bytes: 16_000_000_000 };

const [pattern = "", part = "1"] = process.argv.slice(2);
for (const way of ways(new RegExp(pattern))) {
  const count = Math.max(1, Math.floor(mostOf(way).count * Number(part)));
  const code = way.make(count);
  const copies = mostCopies(code);
  process.stdout.write(
    `${measure(moduleOf(code, copies), bounds)}${`${copies}`.padStart(8)}  ${way.label} × ${count}\n`,
  );
}
