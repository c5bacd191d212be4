import type { Command } from "commander";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/verify.js";

export function addVerify(parent: Command, bind: Bind): void {
  const command = parent
    .command("verify")
    .description("check a component's signature and digests, as a run would")
    .argument("<subject>", "a reference, or a file")
    .option("--allow-unsigned", "accept a file that nobody signed")
    .addHelpText("after", "\nExample:\n  wrun verify 127.0.0.1:5000/team/app:1.2.0");
  bind<Options>(command, async (session, [subject = ""], options) => {
    const { verify } = await import("../verbs/verify.js");
    return verify(session, subject, options);
  });
}
