import type { Command } from "commander";
import { onInterrupt } from "../interrupt.js";
import { parsePort } from "../port.js";
import type { Bind, Session } from "../session.js";

interface Options {
  readonly folder: string;
  readonly host: string;
  readonly port: string;
}

export function addRegistryServe(parent: Command, bind: Bind): void {
  const command = parent
    .command("serve")
    .description("serve an OCI registry out of a folder, until it is interrupted")
    .requiredOption("--folder <folder>", "where its content is; made if it does not exist")
    .option("--port <n>", "0 takes any that is free", "5000")
    .option("--host <address>", "a loopback address: there are neither passwords nor TLS", "127.0.0.1")
    .addHelpText("after", "\nExample:\n  wrun registry serve --folder ./registry --port 5000");
  bind<Options>(command, (session, _operands, options) => serve(session, options));
}

async function serve({ terminal }: Session, options: Options): Promise<number> {
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
