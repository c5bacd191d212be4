/**
 * `npm run bench -- [name …] [--json | --markdown]`: a name is that of a bench (`hostcall`) or of one of its rows
 * (`hostcall/scalar`); without any, all run. With `--json`, one object a line; with `--markdown`, the table of
 * docs/performance.md.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benches } from "./catalogue.js";
import type { Result } from "./measure/measurement.js";
import { asJson, asMarkdown, onTerminal } from "./measure/report.js";
import { select, type Selection } from "./select.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, markdown: { type: "boolean", default: false } },
});
const form = values.json ? asJson : values.markdown ? asMarkdown : onTerminal;
const selected = select(benches, positionals);
if (typeof selected === "string") {
  process.stderr.write(`bench: ${selected}\n`);
  process.exitCode = 2;
} else {
  process.stdout.write(form.heading);
  for (const selection of selected) await run(selection);
}

async function run({ bench, rows }: Selection): Promise<void> {
  const child = fork(fileURLToPath(new URL("./one-bench.js", import.meta.url)), [bench, ...rows], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.on("message", (result: Result) => {
    process.stdout.write(form.line(result));
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code === 0) return;
  process.stderr.write(`bench: ${bench} failed\n`);
  process.exitCode = 1;
}
