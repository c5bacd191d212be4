import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { component, coreModule } from "../../component/binary-builder.js";
import { bombs } from "../../fuzz/engine-cost/bombs.js";
import { refusalOf, type Stage, type Verdict } from "./stage.js";

/* Attacks by a component on the engine that compiles it. They are of a moderate size: each would do more if it were larger. */

function bombOf(kind: string, width: number, count: number): Uint8Array {
  const bomb = bombs[kind];
  if (bomb === undefined) throw new Error(`no such bomb: ${kind}`);
  return bomb(width, count);
}

const inComponent = (bytes: Uint8Array): Uint8Array => Uint8Array.from(component(coreModule([...bytes])));

const child = fileURLToPath(new URL("../../fuzz/engine-cost/compile-child.js", import.meta.url));
/** Several times what the function takes where values are not copied. */
const muchMiB = 200;

export const engineAttacks = {
  /** Is admitted though its functions cost too much. */
  "have the engine compile what costs too much": async (stage: Stage): Promise<Verdict> => {
    const bytes = inComponent(bombOf("loops in a row", 10, 1_500));
    const name = "bomb";
    const refusal = await refusalOf(() =>
      stage.run(name, { component: { kind: "bytes", name, bytes, allowUnsigned: true } }),
    );
    return { succeeded: refusal !== "COMPONENT_TOO_COMPLEX", seen: refusal ?? "it was admitted" };
  },
  /** Has a value copied into each block that uses it, and all that it is made of. */
  "have the engine copy its values": async (stage: Stage): Promise<Verdict> => {
    const path = join(stage.folder, "chain.wasm");
    writeFileSync(path, bombOf("a chain that conditions use", 1, 2_000));
    const flags = ["--no-liftoff", "--no-wasm-lazy-compilation"];
    const { stdout } = spawnSync(process.execPath, [...flags, child, path, "bounded"], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const { mib } = JSON.parse(stdout) as { mib: number };
    return { succeeded: mib > muchMiB, seen: `${mib.toFixed(0)} MiB` };
  },
} as const;
