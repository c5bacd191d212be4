import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { decodeComponent } from "../../../runtime/component/decode/index.js";
import { describeComponent } from "../../../runtime/component/describe.js";
import { isWrunError } from "../../../runtime/errors/index.js";
import { sharingTypes } from "../../component/sharing-types.js";
import type { ToolchainRequest } from "../../../runtime/component/toolchain-protocol.js";
import { component, coreModule } from "../../component/binary-builder.js";
import { bombs } from "../../fuzz/engine-cost/bombs.js";
import { refusalOf, type Stage, type Verdict } from "./stage.js";

/* Attacks by a component on the engine that compiles it. They are of a moderate size: each would do more if it were larger. */

function bombOf(kind: string, width: number, count: number): Uint8Array {
  const bomb = bombs[kind];
  if (bomb === undefined) throw new Error(`no such bomb: ${kind}`);
  return bomb(width, count);
}

const inComponent = (bytes: Uint8Array, copies: number): Uint8Array =>
  Uint8Array.from(component(...Array.from({ length: copies }, () => coreModule([...bytes]))));

const child = fileURLToPath(new URL("../../fuzz/engine-cost/compile-child.js", import.meta.url));
/** What `docs/limits.md` says. */
const mostToolchainBytes = 1.5 * 2 ** 30;

/** Several times what the function takes where values are not copied. */
const muchMiB = 200;

/** Compiles a bomb with the optimizing compiler, in a process that is bounded as a host is, and gives what is printed. */
function optimize(stage: Stage, bomb: Uint8Array, ...flags: readonly string[]): string {
  const path = join(stage.folder, "bomb.wasm");
  writeFileSync(path, bomb);
  const optimizing = ["--no-liftoff", "--no-wasm-lazy-compilation", ...flags];
  const { stdout } = spawnSync(process.execPath, [...optimizing, child, path, "bounded"], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return stdout;
}

/** Whether the run is admitted though its component has functions that cost too much. */
async function admits(stage: Stage, core: Uint8Array, copies = 1): Promise<Verdict> {
  const name = "bomb";
  const bytes = inComponent(core, copies);
  const refusal = await refusalOf(() =>
    stage.run(name, { component: { kind: "bytes", name, bytes, allowUnsigned: true } }),
  );
  return { succeeded: refusal !== "COMPONENT_TOO_COMPLEX", seen: refusal ?? "it was admitted" };
}

export const engineAttacks = {
  /** Is admitted though its functions cost too much. */
  "have the engine compile what costs too much": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("loops in a row", 10, 1_500)),
  /** Throws what takes the engine seconds and a gigabyte to take apart. */
  "have the engine compile exceptions of many values": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("many catches of one try", 150, 300)),
  /** Makes references to functions, each of which is a call of the engine's runtime. */
  "have the engine compile references to functions": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("references to functions", 1, 12_000)),
  "have the engine compile accesses to tables": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("entries of tables", 1, 12_000)),
  "have the engine compile calls of many values": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("calls with many values", 200, 1_800)),
  "have the engine compile indirect calls of many values": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("indirect calls with many values", 200, 1_800)),
  /** The calls are few enough by what they count for, and too many all the same. */
  "have the engine compile very many indirect calls": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("indirect calls", 1, 2_100)),
  /** Has the scheduler place choices in time that grows with the square of their number. */
  "have the engine compile saturating conversions": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("saturating conversions", 1, 4_000)),
  /** Has a table with thousands of ways out, each with all locals. */
  "have the engine compile a large table of branches": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("a table of branches to many blocks", 100, 3_600)),
  /** Has a thousand locals come together, each with another value on each of very many ways. */
  "have the engine compile very many ways to one place": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("branches to one block", 1_000, 1_800)),
  "have the engine compile copied signs": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("copied signs", 1, 200_000)),
  /** Goes back to one loop from very many places, each time with all locals. */
  "have the engine compile very many ways back to a loop": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("one loop that rotates locals for nobody", 100, 2_000)),
  /** Has little code that becomes gigabytes when it is compiled, in functions that are each below the limits. */
  "have the engine keep the code of very many functions": (stage: Stage): Promise<Verdict> =>
    admits(stage, bombOf("calls with many values", 200, 1_500), 120),
  /** Has a value copied into each block that uses it, and all that it is made of. */
  "have the engine copy its values": async (stage: Stage): Promise<Verdict> => {
    const { mib } = JSON.parse(optimize(stage, bombOf("a chain that conditions use", 1, 2_000))) as {
      mib: number;
    };
    return { succeeded: mib > muchMiB, seen: `${mib.toFixed(0)} MiB` };
  },
  /** Has registers found in time that grows with the square of the blocks; the engine says which way it takes. */
  "have the engine ponder over registers": async (stage: Stage): Promise<Verdict> => {
    const phases = optimize(stage, bombOf("values that few conditions use", 40, 100), "--turbo-stats-wasm");
    if (!/RegisterAllocat/.test(phases)) throw new Error("the engine does not say how it assigns registers");
    const linear = /MidTier\w*RegisterAllocat/.test(phases);
    return { succeeded: !linear, seen: linear ? "in one pass" : "with the square of the blocks" };
  },
  /** Has the toolchain ask for more and more; it is asked for by a worker that is the toolchain's in all but that. */
  "have the toolchain take the machine's memory": async (): Promise<Verdict> => {
    const request: ToolchainRequest = {
      kind: "transpile",
      component: Uint8Array.from(component()),
      coreModules: [],
      importKeys: {},
    };
    const worker = new Worker(new URL("./growing-toolchain.js", import.meta.url), { workerData: request });
    try {
      const memories = await new Promise<readonly number[]>((resolve, reject) => {
        worker.on("message", (message: { grown?: readonly number[] }) => {
          if (message.grown !== undefined) resolve(message.grown);
        });
        worker.once("error", reject);
      });
      if (memories.length === 0) throw new Error("the toolchain has no memory");
      const most = Math.max(...memories);
      return { succeeded: most > mostToolchainBytes, seen: `${most} bytes in one memory` };
    } finally {
      await worker.terminate();
    }
  },
  /** Has names for many types that share a part, which is printed with each. */
  "have a small component printed as a large text": async (): Promise<Verdict> => {
    const bytes = sharingTypes(500, 5_000, "f");
    try {
      const text = describeComponent(decodeComponent(bytes).type);
      return { succeeded: true, seen: `${text.length} characters from ${bytes.length} bytes` };
    } catch (error) {
      if (!isWrunError(error) || error.code !== "COMPONENT_TOO_COMPLEX") throw error;
      return { succeeded: false, seen: error.message };
    }
  },
} as const;
