/**
 * One bench in a process of its own, so that none inherits another's heap, threads and optimised code. Results go to
 * the parent as messages: what guests write must not mix with them.
 */
import { benches } from "./catalogue.js";

const [, , benchName, ...rowNames] = process.argv;
const bench = benches.find(({ name }) => name === benchName);
if (bench === undefined) throw new Error(`there is no bench ${benchName}`);
for (const row of bench.rows) {
  if (rowNames.length > 0 && !rowNames.includes(row.name)) continue;
  process.send?.(await row.measure("full"));
}
process.disconnect?.();
