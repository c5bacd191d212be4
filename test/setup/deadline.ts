import { relative } from "node:path";
import { Worker } from "node:worker_threads";
import { expect } from "vitest";

/*
 * A file that never ends fails by its name, and does not take the verdict on all others with it. The runner's own limits do
 * not hold for a test that keeps its thread busy: only another thread sees that.
 */

const longestFileMs = 15 * 60_000;

const file = relative(process.cwd(), expect.getState().testPath ?? "a test file");
const says = `\n${file} was not done after ${longestFileMs / 60_000} minutes\n`;
new Worker(
  `setTimeout(() => {
    require("node:fs").writeSync(2, ${JSON.stringify(says)});
    process.kill(process.pid, "SIGKILL");
  }, ${longestFileMs});`,
  { eval: true, stdin: false, env: {}, execArgv: [] },
).unref();
