import type { Command } from "commander";
import { collect } from "../run/collect.js";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/lineage-show.js";

export function addLineageShow(parent: Command, bind: Bind): void {
  const command = parent
    .command("show")
    .description("show the records of a run, and which of them are under a head that the node signed")
    .argument("<run>", "its id, or as much of the beginning as is needed")
    .option(
      "--key <key>",
      "trust this node key alone, name+id+key; again for more (default: the home's)",
      collect,
    )
    .option("--folder <folder>", "a lineage folder other than the home's; no home is needed then")
    .addHelpText("after", "\nExample:\n  wrun lineage show 3f9a");
  bind<Options>(command, async (session, [run = ""], options) => {
    const { show } = await import("../verbs/lineage-show.js");
    return show(session, run, options);
  });
}
