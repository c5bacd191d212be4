import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FunctionScan } from "../../../runtime/component/engine-cost/function-scan.js";
import { codeLimits } from "../../../runtime/component/engine-cost/engine-limits.js";
import { ModuleShape } from "../../../runtime/component/engine-cost/module-shape.js";
import { refuseCostlyModules } from "../../../runtime/component/engine-cost/refuse-costly.js";
import { ByteInput } from "../../../runtime/component/meter/byte-input.js";
import { section } from "../../../runtime/component/meter/sections.js";
import { type CostlyCode, moduleOf, shapes } from "./bombs.js";

const child = fileURLToPath(new URL("./compile-child.js", import.meta.url));
const tiers = {
  baseline: ["--liftoff-only"],
  optimized: ["--no-liftoff"],
} as const;
const widths = [1, 100, 1_000];
const mostCount = 1_048_576;

/** A shape at one width. */
export interface Way {
  readonly label: string;
  readonly make: (count: number) => CostlyCode;
}

/** Those whose names and widths match. Some shapes have no width: they are the same at each. */
export function ways(pattern: RegExp): readonly Way[] {
  return Object.entries(shapes).flatMap(([name, shape]) => {
    const seen = new Set<string>();
    return widths.flatMap((width) => {
      const sample = moduleOf(shape(width, 3)).toString("base64");
      if (seen.has(sample)) return [];
      seen.add(sample);
      if (!pattern.test(`${name} ${width}`)) return [];
      return [{ label: `${name} ${width}`, make: (count: number) => shape(width, count) }];
    });
  });
}

export function refusal(code: CostlyCode, copies = 1): string | undefined {
  const bytes = moduleOf(code, copies);
  try {
    refuseCostlyModules(bytes, [{ offset: 0, length: bytes.length }]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How often a shape can be repeated in a function, and why not once more. */
export function mostOf({ make }: Way): { readonly count: number; readonly why: string } {
  let [admitted, refused] = [0, mostCount];
  while (refused - admitted > Math.max(1, admitted >> 6)) {
    const count = (admitted + refused) >> 1;
    if (refusal(make(count)) === undefined) admitted = count;
    else refused = count;
  }
  const reason = refusal(make(refused)) ?? "";
  return { count: admitted, why: /has \d+ ([^,(]*)/.exec(reason)?.[1] ?? "" };
}

/** How often the function can be in a component. */
export function mostCopies(code: CostlyCode): number {
  const bytes = moduleOf(code);
  const input = new ByteInput(bytes, 8);
  const shape = new ModuleShape();
  while (!input.done) {
    const id = input.byte();
    const content = input.slice(input.u32());
    shape.read(id, content);
    if (id !== section.code) continue;
    content.u32();
    const length = content.u32();
    const { work } = new FunctionScan(shape).scan(content.slice(length), shape.typeAt(shape.functions[0]));
    // Some bytes are those of the other functions and of lengths.
    return Math.floor(
      Math.min(codeLimits.work / work, codeLimits.bytes / (length + 5), codeLimits.functions - 10),
    );
  }
  throw new Error("there is no code");
}

const folder = mkdtempSync(join(tmpdir(), "engine-cost-"));
process.once("exit", () => rmSync(folder, { recursive: true }));

/** What a compilation may take: more is a failure, and no danger to the machine. */
export interface Bounds {
  /** Of the processor. */
  readonly seconds: number;
  /** Of address space. */
  readonly bytes: number;
}

/** Compiles in each tier, and gives columns: the processor's time, the most memory, what is kept, the machine code of that. */
export function measure(module: Uint8Array, bounds: Bounds): string {
  const path = join(folder, "module.wasm");
  writeFileSync(path, module);
  return Object.values(tiers)
    .map((flags) => {
      const node = [process.execPath, "--no-wasm-lazy-compilation", ...flags, child, path, "bounded"];
      const limits = [`--as=${bounds.bytes}`, `--cpu=${bounds.seconds}`];
      const { stdout } = spawnSync("prlimit", [...limits, ...node], { encoding: "utf8" });
      if (!stdout.endsWith("}")) return "failed".padStart(29);
      const found = JSON.parse(stdout) as Record<"cpuMs" | "mib" | "keptMib" | "codeMib", number>;
      const megabytes = [found.mib, found.keptMib, found.codeMib].map((mib) => mib.toFixed(0).padStart(6));
      return `${found.cpuMs.toFixed(0)} ms`.padStart(11) + megabytes.join("");
    })
    .join("");
}
