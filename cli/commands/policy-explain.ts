import type { Command } from "commander";
import { collect } from "../run/collect.js";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/policy-explain.js";

export function addPolicyExplain(parent: Command, bind: Bind): void {
  const command = parent
    .command("explain")
    .description("show what a policy says to one call, rule by rule")
    .argument("<file>", "the policy manifest")
    .argument("<interface>", "such as wasi:filesystem/types")
    .argument("<function>", "its WIT name, such as [method]descriptor.open-at")
    .option("--fact <name=value>", "what the call is about to touch; again for more", collect)
    .option("--arg <name=value>", "an argument of the call, for argument rules; again for more", collect)
    .option(
      "--dir <HOST::GUEST>",
      "a folder that a run will be given, as with wrun run; again for more",
      collect,
    )
    .addHelpText(
      "after",
      "\nExample:\n  wrun policy explain app.yaml wasi:filesystem/types '[method]descriptor.open-at' \\\n    --fact root=data --fact path=/in/a.txt --fact right=read",
    );
  bind<Options>(command, async (session, operands, options) => {
    const { explain } = await import("../verbs/policy-explain.js");
    return explain(session, operands, options);
  });
}
