import { readFileSync } from "node:fs";
import { Command } from "commander";
import { commands } from "./commands.js";
import type { Bind } from "./session.js";
import type { TerminalOptions } from "./terminal.js";

/**
 * The command line; mistakes on it are thrown as `CommanderError`.
 *
 * @param only the one command that is wanted; without it, all of them
 */
export async function createProgram(
  bind: Bind,
  io: Pick<TerminalOptions, "stdout" | "stderr">,
  only?: string,
): Promise<Command> {
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

  for (const [name, entry] of Object.entries(commands)) {
    if (only !== undefined && name !== only) continue;
    if (typeof entry === "function") {
      (await entry())(program, bind);
      continue;
    }
    const group = program.command(name).helpCommand(false).description(entry.description);
    for (const load of Object.values(entry.verbs)) (await load())(group, bind);
  }
  return program;
}

/** From the package file, which is beside the compiled code. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
