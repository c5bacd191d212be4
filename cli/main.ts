#!/usr/bin/env node
import { reportFault, runCommandLine } from "./command-line.js";

const io = { stdout: process.stdout, stderr: process.stderr, env: process.env };
const args = process.argv.slice(2);

// What nobody caught is a fault of ours. It ends the process: nobody can say what still works.
process.on("uncaughtException", (error) => process.exit(reportFault(error, args, io)));

async function main(): Promise<void> {
  process.exitCode = await runCommandLine(args, io);
}

void main();
