#!/usr/bin/env node
import { runCommandLine } from "./command-line.js";

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
});
