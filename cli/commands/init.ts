import type { Command } from "commander";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/init.js";

export function addInit(parent: Command, bind: Bind): void {
  const command = parent
    .command("init")
    .description("make a home: this node's keys, and whom it trusts to publish")
    .option(
      "--publisher <name>",
      "also make a publisher's key under this name, and trust it; adds it to a home without one",
    )
    .option("--trust-domain <domain>", "the trust domain of the SPIFFE ids (default: wrun.local)")
    .addHelpText("after", '\nExample:\n  wrun init --publisher "Example Ltd"');
  bind<Options>(command, async (session, _operands, options) => {
    const { init } = await import("../verbs/init.js");
    return init(session, options);
  });
}
