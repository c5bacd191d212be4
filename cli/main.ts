#!/usr/bin/env node
import { commandOf } from "./commands.js";
import { guestWorkers } from "./session.js";

const args = process.argv.slice(2);
// Before anything else is loaded, which takes as long as what the worker loads.
const workers = commandOf(args) === "run" ? guestWorkers("one-run") : undefined;
const commandLine = import("./command-line.js");
const io = { stdout: process.stdout, stderr: process.stderr, env: process.env };

// What nobody caught is a fault of ours. It ends the process: nobody can say what still works.
process.on("uncaughtException", (error) => void end(error));

async function end(error: unknown): Promise<never> {
  const { reportFault } = await commandLine;
  return process.exit(reportFault(error, args, io));
}

async function main(): Promise<void> {
  const { runCommandLine } = await commandLine;
  process.exitCode = await runCommandLine(args, io, workers);
}

void main();
