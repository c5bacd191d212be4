/** The process of a component under stock jco with preview2-shim. */
import { WASIShim } from "@bytecodealliance/preview2-shim/instantiation";
import { createMeasuredHost } from "./measured-host.js";
import { runStock } from "./stock-instance.js";
import type { StockCode } from "./stock-jco.js";
import { turnsOverPipes } from "./turns.js";

export interface StockCommand extends StockCode {
  readonly run: string;
  /** The folder that the guest finds as its only directory. */
  readonly data: string;
}

const command = JSON.parse(process.argv[2] ?? "") as StockCommand;
const shim = new WASIShim({
  sandbox: { preopens: { "/data": command.data }, env: {}, args: [], enableNetwork: false },
});
await runStock(command, {
  ...(shim.getImportObject() as object),
  "bench:calls/host": createMeasuredHost(turnsOverPipes(3, 4)),
});
