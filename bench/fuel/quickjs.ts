import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createMeasuredHost } from "../contest/measured-host.js";
import type { StockCode } from "../contest/stock-jco.js";
import type { Act } from "../measure/alternate.js";
import type { Workbench } from "./metering.js";

interface Generated {
  instantiate(
    getCoreModule: (path: string) => WebAssembly.Module,
    imports: Readonly<Record<string, unknown>>,
    instantiateCore: Workbench["link"],
  ): { run(): void };
}

/** The guest that QuickJS runs, under stock jco: the same glue for both, so that only the core modules differ. */
export async function quickjsWork(workbench: Workbench, code: StockCode, units: number): Promise<Act> {
  const { instantiate } = (await import(code.glue)) as Generated;
  const orders: number[] = [];
  let last = { answer: 0n, ms: 0 };
  const host = createMeasuredHost({
    next(round) {
      last = { answer: round.sum, ms: round.elapsedNs / 1e6 };
      return orders.shift() ?? 0;
    },
  });
  const { run } = instantiate(
    (path) => workbench.compile(readFileSync(join(code.folder, path))),
    { "bench:calls/host": host },
    (module, imports) => workbench.link(module, imports),
  );
  return () => {
    orders.push(units);
    run();
    return last;
  };
}
