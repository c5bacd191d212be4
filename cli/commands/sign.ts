import type { Command } from "commander";
import type { Bind } from "../session.js";

export function addSign(parent: Command, bind: Bind): void {
  const command = parent
    .command("sign")
    .description("add this home's signature to a component that is in a registry")
    .argument("<reference>", "host[:port]/name:tag, or …@sha256:…")
    .addHelpText("after", "\nExample:\n  wrun sign 127.0.0.1:5000/team/app:1.2.0");
  bind(command, async (session, [reference = ""]) => {
    const { sign } = await import("../verbs/sign.js");
    return sign(session, reference);
  });
}
