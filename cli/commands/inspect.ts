import type { Command } from "commander";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/inspect.js";

export function addInspect(parent: Command, bind: Bind): void {
  const command = parent
    .command("inspect")
    .description("show what a component imports and exports, read from its bytes")
    .argument("<subject>", "a file, or a reference")
    .option("--policy <file>", "also show what this policy would refuse")
    .option("--types", "also show imports and exports in full, with their types, as WIT")
    .addHelpText("after", "\nExample:\n  wrun inspect app.wasm --policy app.yaml");
  bind<Options>(command, async (session, [subject = ""], options) => {
    const { inspect } = await import("../verbs/inspect.js");
    return inspect(session, subject, options);
  });
}
