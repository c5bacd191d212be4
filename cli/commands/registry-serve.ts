import type { Command } from "commander";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/registry-serve.js";

export function addRegistryServe(parent: Command, bind: Bind): void {
  const command = parent
    .command("serve")
    .description("serve an OCI registry out of a folder, until it is interrupted")
    .requiredOption("--folder <folder>", "where its content is; made if it does not exist")
    .option("--port <n>", "0 takes any that is free", "5000")
    .option("--host <address>", "a loopback address: there are neither passwords nor TLS", "127.0.0.1")
    .addHelpText("after", "\nExample:\n  wrun registry serve --folder ./registry --port 5000");
  bind<Options>(command, async (session, _operands, options) => {
    const { serve } = await import("../verbs/registry-serve.js");
    return serve(session, options);
  });
}
