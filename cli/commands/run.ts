import type { Command } from "commander";
import { addGrantOptions } from "../run/grant-options.js";
import type { RunOptions } from "../run/request.js";
import type { Bind } from "../session.js";

export function addRun(parent: Command, bind: Bind): void {
  const command = addGrantOptions(
    parent
      .command("run")
      .description("run a component under a policy, or with what flags grant")
      .argument("<component>", "a reference, or a file")
      .argument("[args...]", "for the guest, after --"),
    "end the run after this time, such as 30 or 500ms",
  )
    .option(
      "--invoke <call>",
      "call an export instead of running the command, in WAVE: 'quote(\"acme\", 3)'; methods behind it",
    )
    .option("--verbose", "say on stderr which run it was, as is said on a terminal anyway")
    .addHelpText(
      "after",
      "\nExamples:\n  wrun run 127.0.0.1:5000/team/app:1.2.0 --policy app.yaml --dir ./data::/data -- --verbose\n" +
        "  wrun run app.wasm --allow-unsigned --env REGION=eu-1 --allow-net api.example.com --timeout 30\n" +
        "  wrun run ledger.wasm --allow-unsigned --invoke 'quote(\"acme\", 3)'\n" +
        "  wrun run counters.wasm --allow-unsigned --invoke 'counters.counter(5).add(3)'",
    );
  bind<RunOptions>(command, async (session, [subject = "", ...args], options) => {
    const { run } = await import("../verbs/run.js");
    return run(session, subject, args, options);
  });
}
