import type { Command } from "commander";
import { collect } from "../run/collect.js";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/lineage-verify.js";

export function addLineageVerify(parent: Command, bind: Bind): void {
  const command = parent
    .command("verify")
    .description("verify every byte of a run's evidence, or of all runs")
    .argument("[run]", "its id, or as much of the beginning as is needed")
    .option(
      "--key <key>",
      "trust this node key alone, name+id+key; again for more (default: the home's)",
      collect,
    )
    .option("--folder <folder>", "a lineage folder other than the home's; with --key no home is needed")
    .addHelpText("after", "\nExample:\n  wrun lineage verify 3f9a");
  bind<Options>(command, async (session, [run], options) => {
    const { verify } = await import("../verbs/lineage-verify.js");
    return verify(session, run, options);
  });
}
