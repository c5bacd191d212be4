import type { Command } from "commander";
import type { Bind } from "../session.js";

export function addPublish(parent: Command, bind: Bind): void {
  const command = parent
    .command("publish")
    .description("sign a component and push it to a registry")
    .argument("<file>", "a component, or a core module of WASI 0.1, which is adapted")
    .argument("<reference>", "host[:port]/name:tag")
    .addHelpText("after", "\nExample:\n  wrun publish app.wasm 127.0.0.1:5000/team/app:1.2.0");
  bind(command, async (session, [file = "", reference = ""]) => {
    const { publish } = await import("../verbs/publish.js");
    return publish(session, file, reference);
  });
}
