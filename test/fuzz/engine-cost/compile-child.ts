import { readFileSync } from "node:fs";
import { boundEngine } from "../../../runtime/sandbox/limits/bound-engine.js";

/** Compiles a core module, as the engine's flags say, and prints what that took: node compile-child.js PATH bounded */
const [path = "", bounded] = process.argv.slice(2);
if (bounded === "bounded") boundEngine();
const bytes = readFileSync(path);
const before = process.memoryUsage.rss();
const start = performance.now();
void new WebAssembly.Module(bytes);
const ms = performance.now() - start;
// The peak is counted in kilobytes.
const bytesTaken = process.resourceUsage().maxRSS * 1024 - before;
process.stdout.write(JSON.stringify({ ms, mib: bytesTaken / 2 ** 20 }));
