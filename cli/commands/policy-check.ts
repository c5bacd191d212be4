import type { Command } from "commander";
import { collect } from "../run/collect.js";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/policy-check.js";

export function addPolicyCheck(parent: Command, bind: Bind): void {
  const command = parent
    .command("check")
    .description("check a policy, and whether a component could start under it")
    .argument("<file>", "the policy manifest")
    .argument("[component]", "a file, or a reference")
    .option(
      "--dir <HOST::GUEST>",
      "a folder that a run will be given, as with wrun run; again for more",
      collect,
    )
    .addHelpText("after", "\nExample:\n  wrun policy check app.yaml app.wasm --dir ./data::/data");
  bind<Options>(command, async (session, [file = "", component], options) => {
    const { check } = await import("../verbs/policy-check.js");
    return check(session, file, component, options);
  });
}
