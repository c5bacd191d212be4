import { onInterrupt } from "../interrupt.js";
import { parsePort } from "../port.js";
import type { Session } from "../session.js";

export interface Options {
  readonly folder: string;
  readonly host: string;
  readonly port: string;
}

export async function serve({ terminal }: Session, options: Options): Promise<number> {
  const { startRegistry } = await import("../../registry/index.js");
  const registry = await startRegistry({
    folder: options.folder,
    host: options.host,
    port: parsePort(options.port),
    onFault: (error) => terminal.warn(error instanceof Error ? error.message : String(error)),
  });
  const interrupted = new Promise<void>((resolve) => {
    // A second interruption ends the process, also while the registry closes.
    onInterrupt(() => {
      resolve();
      return true;
    });
  });
  terminal.line(`registry at ${registry.address}`);
  terminal.value({ address: registry.address, url: registry.url });
  await interrupted;
  await registry.close();
  terminal.note("the registry has ended");
  return 0;
}
