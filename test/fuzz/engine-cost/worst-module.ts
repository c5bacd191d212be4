import { both, type CostlyCode, moduleOf } from "./bombs.js";
import { measure, mostCopies, mostOf, refusal, type Way, ways } from "./search.js";

/*
 * Looks for the core module that costs the engine most of all that are admitted: each way of being costly, at each width
 * that makes a difference to it, as often as the limits allow in one function, and less often. Prints a row for each: time
 * and MiB (at most, kept, machine code) at baseline, the same when optimized, how often the function could be in a
 * component, and the reason that one more would be refused for. With a second pattern, two ways at once in one function,
 * each 0.7 times as often as it could be alone, or less. A pattern is tested on the name and the width: "loops in a row 100".
 *
 *   node dist/test/fuzz/engine-cost/worst-module.js [pattern [pattern of what to pair it with]]
 */

const bounds = { seconds: 5, bytes: 8_000_000_000 };

function print(code: CostlyCode, ...labels: readonly string[]): void {
  const copies = `${mostCopies(code)}`.padStart(8);
  process.stdout.write(`${measure(moduleOf(code), bounds)}${copies}  ${labels.join("  ")}\n`);
}

function single(pattern: RegExp): void {
  for (const way of ways(pattern)) {
    const { count: most, why } = mostOf(way);
    // Compilers change their ways where code is very large, so that less can take longer.
    for (const count of [most, most >> 1])
      if (count > 0) print(way.make(count), `${way.label} × ${count}`, why);
  }
}

function pairs(pattern: RegExp, other: RegExp): void {
  const withMost = (way: Way) => ({ ...way, most: mostOf(way).count });
  const others = ways(other).map(withMost);
  for (const first of ways(pattern).map(withMost)) {
    for (const second of others) {
      let part = 0.7;
      const make = (): CostlyCode =>
        both(first.make(Math.floor(first.most * part)), second.make(Math.floor(second.most * part)));
      while (part > 0.1 && refusal(make()) !== undefined) part -= 0.05;
      print(make(), first.label, second.label, `${part.toFixed(2)} of each`);
    }
  }
}

const [pattern = "", other] = process.argv.slice(2);
if (other === undefined) single(new RegExp(pattern));
else pairs(new RegExp(pattern), new RegExp(other));
