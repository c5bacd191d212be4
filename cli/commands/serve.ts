import type { Command } from "commander";
import { addGrantOptions } from "../run/grant-options.js";
import type { Bind } from "../session.js";
import type { ServeOptions } from "../verbs/serve.js";

export function addServe(parent: Command, bind: Bind): void {
  const command = addGrantOptions(
    parent
      .command("serve")
      .description("have a component answer HTTP requests, until it is interrupted")
      .argument("<component>", "a reference, or a file")
      .argument("[args...]", "for the guest, after --"),
    "give up a request after this time, such as 30 or 500ms",
  )
    .option("--port <n>", "0 takes any that is free", "8080")
    .option("--host <address>", "where to listen", "127.0.0.1")
    .option("--instances <how>", "per-request, or reused for many")
    .option("--verbose", "say on stderr what was answered")
    .addHelpText(
      "after",
      "\nExamples:\n  wrun serve 127.0.0.1:5000/team/api:1.2.0 --policy api.yaml --port 8080\n" +
        "  wrun serve api.wasm --allow-unsigned --port 0 --instances reused",
    );
  bind<ServeOptions>(command, async (session, [subject = "", ...args], options) => {
    const { serve } = await import("../verbs/serve.js");
    return serve(session, subject, args, options);
  });
}
