import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addDoctor } from "./commands/doctor.js";
import { addInit } from "./commands/init.js";
import { addInspect } from "./commands/inspect.js";
import { addLineageList } from "./commands/lineage-list.js";
import { addLineageShow } from "./commands/lineage-show.js";
import { addLineageVerify } from "./commands/lineage-verify.js";
import { addPolicyCheck } from "./commands/policy-check.js";
import { addPolicyExplain } from "./commands/policy-explain.js";
import { addPublish } from "./commands/publish.js";
import { addRegistryServe } from "./commands/registry-serve.js";
import { addRevoke } from "./commands/revoke.js";
import { addRun } from "./commands/run.js";
import { addServe } from "./commands/serve.js";
import { addSign } from "./commands/sign.js";
import { addVerify } from "./commands/verify.js";
import type { Bind } from "./session.js";
import type { TerminalOptions } from "./terminal.js";

/** The whole command line. Mistakes on it are thrown as `CommanderError`. */
export function createProgram(bind: Bind, io: Pick<TerminalOptions, "stdout" | "stderr">): Command {
  const program = new Command("wrun")
    .description("Runs untrusted workloads as signed WebAssembly components, and records what they did.")
    .version(packageVersion(), "--version", "print the version")
    .option("--home <folder>", "where keys, trust and lineage are (default: $WRUN_HOME, then ~/.wrun)")
    .option("--json", "print JSON on stdout, and nothing else there")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // Mistakes are printed in one form, by the terminal.
      outputError: () => undefined,
    })
    .exitOverride();

  addInit(program, bind);
  addPublish(program, bind);
  addSign(program, bind);
  addVerify(program, bind);
  addInspect(program, bind);
  addRun(program, bind);
  addServe(program, bind);
  addRevoke(program, bind);
  const policy = program.command("policy").helpCommand(false).description("check and explain policies");
  addPolicyCheck(policy, bind);
  addPolicyExplain(policy, bind);
  const lineage = program
    .command("lineage")
    .helpCommand(false)
    .description("list, show and verify what runs left behind");
  addLineageList(lineage, bind);
  addLineageShow(lineage, bind);
  addLineageVerify(lineage, bind);
  const registry = program.command("registry").helpCommand(false).description("an OCI registry of one's own");
  addRegistryServe(registry, bind);
  addDoctor(program, bind);
  return program;
}

/** From the package file, which is beside the compiled code. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
