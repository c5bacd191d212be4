import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StockCode } from "./stock-jco.js";

/** What jco's generated module exports in synchronous instantiation mode. */
interface Generated {
  instantiate(
    getCoreModule: (path: string) => WebAssembly.Module,
    imports: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, () => void>>;
}

/** Instantiates what `transpileInto` wrote, and calls the export that runs the measured loop. */
export async function runStock(
  { folder, glue, run }: StockCode & { readonly run: string },
  imports: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { instantiate } = (await import(glue)) as Generated;
  const exports = instantiate((path) => new WebAssembly.Module(readFileSync(join(folder, path))), imports);
  const loop = exports[run];
  if (loop === undefined) throw new TypeError(`the component exports no ${run}`);
  loop();
}
