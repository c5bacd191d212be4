import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { refuseCostlyModules } from "../../../runtime/component/engine-cost/refuse-costly.js";
import { both, type CostlyCode, moduleOf, shapes } from "./bombs.js";

/*
 * Looks for the core module that costs the engine most of all that are admitted: each way of being costly, at several
 * widths, as often as the limits allow, and less often. Prints a row for each, with the reason that one more would be refused
 * for. With a second pattern, two ways at once in one function, each 0.7 times as often as it could be alone, or less.
 *
 *   node dist/test/fuzz/engine-cost/worst-module.js [pattern of names [pattern of names to pair them with]]
 */

const child = fileURLToPath(new URL("./compile-child.js", import.meta.url));
const tiers = {
  baseline: ["--liftoff-only"],
  optimized: ["--no-liftoff"],
} as const;
const widths = [1, 100, 1_000];
const mostCount = 400_000;
const seconds = 30;
/** Bytes of address space: what takes more is a failure, not a danger. */
const memory = 8_000_000_000;

function refusal(bytes: Uint8Array): string | undefined {
  try {
    refuseCostlyModules(bytes, [{ offset: 0, length: bytes.length }]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compile(path: string, flags: readonly string[]): string {
  const node = [process.execPath, "--no-wasm-lazy-compilation", ...flags, child, path, "bounded"];
  const { stdout } = spawnSync("prlimit", [`--as=${memory}`, "timeout", `${seconds}`, ...node], {
    encoding: "utf8",
  });
  if (!stdout.endsWith("}")) return "failed".padStart(18);
  const { cpuMs, mib } = JSON.parse(stdout) as { cpuMs: number; mib: number };
  return `${cpuMs.toFixed(0)} ms`.padStart(8) + `${mib.toFixed(0)} MiB`.padStart(10);
}

const folder = mkdtempSync(join(tmpdir(), "worst-module-"));
const path = join(folder, "module.wasm");

function measure(code: CostlyCode, ...labels: readonly string[]): void {
  writeFileSync(path, moduleOf(code));
  const row = Object.values(tiers).map((flags) => compile(path, flags));
  process.stdout.write(`${row.join("")}  ${labels.join("  ")}\n`);
}

/** How often a shape can be repeated, and why not once more. */
function mostOf(make: (count: number) => CostlyCode): { readonly count: number; readonly why: string } {
  let [admitted, refused] = [0, mostCount];
  while (refused - admitted > Math.max(1, admitted >> 6)) {
    const count = (admitted + refused) >> 1;
    if (refusal(moduleOf(make(count))) === undefined) admitted = count;
    else refused = count;
  }
  const reason = refusal(moduleOf(make(refused))) ?? "";
  return { count: admitted, why: /has \d+ ([^,(]*)/.exec(reason)?.[1] ?? "" };
}

function single(pattern: RegExp): void {
  for (const [name, shape] of Object.entries(shapes)) {
    if (!pattern.test(name)) continue;
    for (const width of widths) {
      const { count: most, why } = mostOf((count) => shape(width, count));
      // Compilers change their ways where code is very large, so that less can take longer.
      for (const count of [most, most >> 1, most >> 2])
        if (count > 0) measure(shape(width, count), `${name} ${width} × ${count}`, why);
    }
  }
}

function pairs(pattern: RegExp, other: RegExp): void {
  const width = 40;
  const named = (names: RegExp) => Object.entries(shapes).filter(([name]) => names.test(name));
  const most = new Map(Object.entries(shapes).map(([name]) => [name, 0]));
  for (const [name, shape] of [...named(pattern), ...named(other)])
    if (most.get(name) === 0) most.set(name, mostOf((count) => shape(width, count)).count);
  for (const [name, shape] of named(pattern)) {
    for (const [second, secondShape] of named(other)) {
      let part = 0.7;
      const make = (): CostlyCode =>
        both(
          shape(width, Math.floor((most.get(name) ?? 0) * part)),
          secondShape(width, Math.floor((most.get(second) ?? 0) * part)),
        );
      while (part > 0.1 && refusal(moduleOf(make())) !== undefined) part -= 0.05;
      measure(make(), name, second, `${part.toFixed(2)} of each`);
    }
  }
}

try {
  const [pattern = "", other] = process.argv.slice(2);
  if (other === undefined) single(new RegExp(pattern));
  else pairs(new RegExp(pattern), new RegExp(other));
} finally {
  rmSync(folder, { recursive: true });
}
