import { readFileSync } from "node:fs";
import { boundEngine } from "../../../runtime/sandbox/limits/bound-engine.js";

/** Compiles a core module, as the engine's flags say, and prints what that took, of the processor and of memory: node compile-child.js PATH bounded */
const [path = "", bounded] = process.argv.slice(2);
if (bounded === "bounded") boundEngine();
const bytes = readFileSync(path);
const before = process.memoryUsage.rss();
const cpu = process.cpuUsage();
void new WebAssembly.Module(bytes);
const { user, system } = process.cpuUsage(cpu);
// The peak is counted in kilobytes.
const bytesTaken = process.resourceUsage().maxRSS * 1024 - before;
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1000, mib: bytesTaken / 2 ** 20 }));
