import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { pathToFileURL } from "node:url";
import { parse } from "@bytecodealliance/jco";
import { createRuntime, initHome, type RunReport } from "../../runtime/index.js";

const callsIt = `(component
  (import "demo:own/x@1.0.0" (instance $x (export "f" (func (param "n" u32)))))
  (core func $f (canon lower (func $x "f")))
  (core module $main (import "host" "f" (func $f (param i32)))
    (func (export "run") (result i32) (call $f (i32.const 7)) i32.const 0))
  (core instance $main (instantiate $main (with "host" (instance (export "f" (func $f))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $api (export "run" (func $run)))
  (export "wasi:cli/run@0.2.12" (instance $api)))`;

const policy = `apiVersion: wrun/v1
kind: Policy
metadata: { name: own }
allow:
  - { id: own, interface: "demo:own/x", functions: [f] }
`;

describe("a host package that is not one of WASI's", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wrun-own-package-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function runWith(name: string, functionTypes: Readonly<Record<string, string>>): Promise<RunReport> {
    const contract = new URL("../../runtime/host-contract.js", import.meta.url).href;
    const module = join(folder, `${name}.mjs`);
    await writeFile(
      module,
      `import { hostFunction } from ${JSON.stringify(contract)};
      export const hostPackages = [{
        name: "demo:own",
        version: "1.0.0",
        interfaces: { x: { authority: "granted" } },
        functionTypes: ${JSON.stringify(functionTypes)},
        prepare: async () => ({ x: { f: hostFunction({ call: () => undefined, durability: "ring" }) } }),
      }];`,
    );
    const home = join(folder, name);
    await initHome({ home });
    const runtime = await createRuntime({ home, hostPackages: pathToFileURL(module) });
    try {
      const component = { kind: "bytes", name, bytes: await parse(callsIt), allowUnsigned: true } as const;
      return await runtime.run({ component, policy: { bytes: Buffer.from(policy), name: "p.yaml" } });
    } finally {
      runtime.close();
    }
  }

  it("has its functions called under the types that it brings", async () => {
    const { outcome } = await runWith("typed", { "demo:own/x#f": "(n: u32) -> _" });
    assert.deepEqual(outcome, { kind: "exited", exitCode: 0 });
  });

  it("has no function called that it brings no type for", async () => {
    const { outcome } = await runWith("untyped", {});
    assert.equal(outcome.kind, "denied");
    assert.match("detail" in outcome ? outcome.detail : "", /not implemented/);
  });
});
