import type { Command } from "commander";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/lineage-list.js";

export function addLineageList(parent: Command, bind: Bind): void {
  const command = parent
    .command("list")
    .description("list the runs; what is listed is what the files say, unverified")
    .option("--folder <folder>", "a lineage folder other than the home's")
    .addHelpText("after", "\nExample:\n  wrun lineage list");
  bind<Options>(command, async (session, _operands, { folder }) => {
    const { list } = await import("../verbs/lineage-list.js");
    return list(session, folder);
  });
}
