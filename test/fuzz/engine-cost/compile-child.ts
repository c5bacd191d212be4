import { readFileSync } from "node:fs";
import { peakMiB } from "../../attacks/peak-memory.js";
import { boundEngine } from "../../../runtime/sandbox/limits/bound-engine.js";

/*
 * Compiles a core module, as the engine's flags say, and prints what that took of the processor, the most memory at once,
 * and the memory of machine code and of the whole process that it still has afterwards.
 *
 *   node compile-child.js PATH bounded
 */

/** Bytes of what may be executed and is in no file, which is what the engine compiled. */
function machineCode(): number {
  let [bytes, isCode] = [0, false];
  for (const line of readFileSync("/proc/self/smaps", "utf8").split("\n")) {
    const mapping = /^[0-9a-f]+-[0-9a-f]+ ..(.). \S+ \S+ \d+ *(.*)$/.exec(line);
    if (mapping !== null) isCode = mapping[1] === "x" && mapping[2] === "";
    else if (isCode && line.startsWith("Rss:")) bytes += Number.parseInt(line.slice(4), 10) * 1024;
  }
  return bytes;
}

const [path = "", bounded] = process.argv.slice(2);
if (bounded === "bounded") boundEngine();
const bytes = readFileSync(path);
const code = machineCode();
const before = process.memoryUsage.rss();
const cpu = process.cpuUsage();
const modules = [new WebAssembly.Module(bytes)];
const { user, system } = process.cpuUsage(cpu);
const after = process.memoryUsage.rss();
const mib = (count: number): number => count / 2 ** 20;
const peak = peakMiB();
process.stdout.write(
  JSON.stringify({
    cpuMs: (user + system) / 1000,
    mib: peak - mib(before),
    keptMib: mib(after - before),
    codeMib: mib(machineCode() - code),
    modules: modules.length,
  }),
);
