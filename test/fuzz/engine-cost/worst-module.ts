import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { refuseCostlyModules } from "../../../runtime/component/engine-cost/refuse-costly.js";
import { bombs } from "./bombs.js";

/*
 * Looks for the core module that costs the engine most of all that are admitted: each way of being costly, at several
 * widths, as often as the limits allow, and less often. Prints a row for each, with the reason that one more would be refused for.
 *
 *   node dist/test/fuzz/engine-cost/worst-module.js [pattern of names]
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
  const { ms, mib } = JSON.parse(stdout) as { ms: number; mib: number };
  return `${ms.toFixed(0)} ms`.padStart(8) + `${mib.toFixed(0)} MiB`.padStart(10);
}

const folder = mkdtempSync(join(tmpdir(), "worst-module-"));
const path = join(folder, "module.wasm");
try {
  const pattern = new RegExp(process.argv[2] ?? "");
  for (const [name, bomb] of Object.entries(bombs)) {
    if (!pattern.test(name)) continue;
    for (const width of widths) {
      let [admitted, refused] = [0, mostCount];
      while (refused - admitted > Math.max(1, admitted >> 6)) {
        const count = (admitted + refused) >> 1;
        if (refusal(bomb(width, count)) === undefined) admitted = count;
        else refused = count;
      }
      if (admitted === 0) continue;
      const why = /has \d+ ([^,(]*)/.exec(refusal(bomb(width, refused)) ?? "")?.[1];
      // Compilers change their ways where code is very large, so that less can take longer.
      for (const count of [admitted, admitted >> 1, admitted >> 2]) {
        writeFileSync(path, bomb(width, count));
        const row = Object.values(tiers).map((flags) => compile(path, flags));
        process.stdout.write(
          `${name.padEnd(36)}${String(width).padStart(6)}${String(count).padStart(8)}${row.join("")}  ${why}\n`,
        );
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
