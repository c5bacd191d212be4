import { CommanderError } from "commander";
import { locateHome, type WorkerPool, WrunError, wrapUnknown } from "../runtime/early.js";
import { commandOf, isCommandOfGroup } from "./commands.js";
import { createProgram } from "./program.js";
import type { Bind } from "./session.js";
import { createTerminal, type TerminalOptions } from "./terminal.js";

/**
 * Runs one command line to its end; resolves with the exit code. Never rejects.
 *
 * @param workers for the guest of a verb that runs one, where they have been started already
 */
export async function runCommandLine(
  args: readonly string[],
  io: Omit<TerminalOptions, "json">,
  workers?: WorkerPool,
): Promise<number> {
  const json = hasJsonFlag(args);
  const terminal = createTerminal({ ...io, json });
  let code = 0;
  const asked = commandOf(args);
  const bind: Bind = (command, verb) => {
    command.action(async () => {
      const { home, ...options } = command.optsWithGlobals<Record<string, unknown>>();
      const homeFolder = locateHome(typeof home === "string" ? home : undefined);
      code = await verb({ terminal, homeFolder, workers }, command.args, options as never);
    });
  };
  try {
    const program = await createProgram(bind, io, asked);
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    const shown = error instanceof CommanderError ? usageError(error, args) : wrapUnknown(error);
    if (shown === undefined) return 0;
    terminal.error(shown);
    return shown.exitCode;
  }
}

/** Tells an error that came from nowhere as every other one is told; returns the exit code. */
export function reportFault(
  error: unknown,
  args: readonly string[],
  io: Omit<TerminalOptions, "json">,
): number {
  const shown = wrapUnknown(error);
  createTerminal({ ...io, json: hasJsonFlag(args) }).error(shown);
  return shown.exitCode;
}

/** Before the real parsing, so that a mistake on the line is told in the form that was asked for. */
function hasJsonFlag(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes("--json");
}

/** Undefined for what is no mistake: help and the version were asked for and have been printed. */
function usageError(error: CommanderError, args: readonly string[]): WrunError | undefined {
  if (error.exitCode === 0) return undefined;
  // The parser's own hint is its last line. Lines before that are from what was typed.
  const [, said = "", hint = ""] =
    /^(?:error: )?(.*?)(?:\n(\(Did you mean [^\n]*\)))?$/s.exec(error.message) ?? [];
  const verb = args.filter((word) => /^[a-z]+$/.test(word)).slice(0, 2);
  const reason = error.code === "commander.help" ? "there is no command" : said;
  const help = `See \`${["wrun", ...knownVerb(verb), "--help"].join(" ")}\`.`;
  return new WrunError("CLI_USAGE", {
    reason,
    advice: hint === "" ? help : `${hint.replace(/[()]/g, "")} ${help}`,
  });
}

function knownVerb([first = "", second = ""]: readonly string[]): string[] {
  if (commandOf([first]) === undefined) return [];
  return isCommandOfGroup(first, second) ? [first, second] : [first];
}
