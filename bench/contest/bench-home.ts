import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, initHome, type Runtime } from "wrun";
import { layOutBoard } from "./board.js";

/** A home that lives as long as a bench, with a runtime on it that offers `bench:calls`. */
export interface BenchHome {
  readonly folder: string;
  readonly home: string;
  readonly runtime: Runtime;
  close(): Promise<void>;
}

export async function openBenchHome(): Promise<BenchHome> {
  layOutBoard();
  const folder = await mkdtemp(join(tmpdir(), "wrun-bench-"));
  const home = join(folder, "home");
  await initHome({ home });
  const runtime = await createRuntime({ home, hostPackages: new URL("./host-package.js", import.meta.url) });
  return {
    folder,
    home,
    runtime,
    async close() {
      runtime.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
