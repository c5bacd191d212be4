import type { Command } from "commander";
import { revocationKinds } from "../revocation-kinds.js";
import type { Bind } from "../session.js";
import type { Options } from "../verbs/revoke.js";

export function addRevoke(parent: Command, bind: Bind): void {
  const command = parent
    .command("revoke")
    .description("take trust away; what runs and rests on it is stopped within a second")
    .argument("[kind]", revocationKinds.join(", "))
    .argument(
      "[id]",
      "a sha256: digest; an authorization's id; a workload's SPIFFE id; `own` for the home's publisher key",
    )
    .option("--reason <text>", "why, for the record")
    .option("--release <workload>", "take a workload out of quarantine")
    .addHelpText(
      "after",
      '\nExamples:\n  wrun revoke publisher-key own --reason "the laptop was stolen"\n  wrun revoke --release spiffe://wrun.local/workload/app',
    );
  bind<Options>(command, async (session, operands, options) => {
    const { revoke } = await import("../verbs/revoke.js");
    return revoke(session, operands, options);
  });
}
