import type { Command } from "commander";
import type { Bind } from "../session.js";

export function addDoctor(parent: Command, bind: Bind): void {
  const command = parent
    .command("doctor")
    .description("check this machine and the home, and say what is missing and how to get it")
    .addHelpText("after", "\nExample:\n  wrun doctor");
  bind(command, async (session) => {
    const { doctor } = await import("../verbs/doctor.js");
    return doctor(session);
  });
}
