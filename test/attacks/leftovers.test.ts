import assert from "node:assert/strict";
import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { BroadcastChannel } from "node:worker_threads";
import { assemble } from "../component/sample-components.js";
import { createRuntime } from "../../runtime/index.js";
import { verifyComponent } from "../../runtime/sandbox/admission/admit.js";
import { type Arena, fight, openArena, policyOf, unsignedGuest } from "./harness.js";

const policy = policyOf(['{ id: vault, interface: "acme:secret/vault" }']);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("what a guest leaves behind", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({
      createRuntime,
      hostPackages: new URL("./leaving-packages.js", import.meta.url),
    });
  });
  afterAll(() => arena.close());

  /** What the guest found in its worker, or what it could find once it had left something there itself. */
  const visit = async (config: Readonly<Record<string, string>>): Promise<string> => {
    await arena.runtime.node.workers.warm();
    const { report, output } = await fight(arena, "unknown-import", { policy, config });
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
    return output.replace("linked\n", "");
  };

  it("in its worker is not there for the next one, which gets another worker and shares compiled code", async () => {
    assert.equal(await visit({}), "nothing");
    const file = join(arena.folder, "left");
    const channel = `left ${process.pid}`;
    const left = await visit({ leave: "yes", file, channel });
    for (const place of [
      "the global object",
      "Object.prototype",
      "node:fs",
      "process.env",
      "a variable",
      "a listener",
    ])
      assert.ok(left.includes(place), `the test would not notice what is left in ${place}: ${left}`);

    const { node } = arena.runtime;
    const linked = await node.link(await verifyComponent(await unsignedGuest("unknown-import"), node));
    const { memory, tableElements } = node.loadPolicy(Buffer.from(policy), "attack.yaml").manifest.limits;
    assert.equal(node.code.codeFor(linked, { memoryBytes: memory, tableElements }).kind, "compiled");
    assert.equal(await visit({}), "nothing");
    assert.equal(await visit({}), "nothing");

    // Its thread is gone, with its timers and whatever listened in it.
    const asking = new BroadcastChannel(channel);
    asking.postMessage("is anybody there?");
    await pause(100);
    asking.close();
    assert.equal(statSync(file).size, 0);
    if (existsSync("/proc/self/fd")) {
      const open = readdirSync("/proc/self/fd").flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/self/fd/${fd}`)];
        } catch {
          return [];
        }
      });
      assert.ok(!open.includes(file), "a file that it opened is open still");
    }
  });

  it("in its memory, its tables and its variables is not there for the next one", async () => {
    const bytes = await assemble(`(component
      (core module $code
        (memory 1)
        (table 2 2 funcref)
        (global $left (mut i32) (i32.const 0))
        (func $some)
        (elem declare func $some)
        (func (export "visit") (result i32)
          (local $found i32)
          (local.set $found
            (i32.add
              (i32.add (i32.load (i32.const 4096)) (global.get $left))
              (i32.add
                (i32.sub (memory.size) (i32.const 1))
                (i32.eqz (ref.is_null (table.get 0 (i32.const 1)))))))
          (i32.store (i32.const 4096) (i32.const 100))
          (global.set $left (i32.const 1000))
          (table.set 0 (i32.const 1) (ref.func $some))
          (drop (memory.grow (i32.const 1)))
          (local.get $found)))
      (core instance $one (instantiate $code))
      (func $visit (result u32) (canon lift (core func $one "visit")))
      (export "visit" (func $visit)))`);
    for (let time = 0; time < 3; time += 1) {
      const { report } = await fight(arena, "visitor", {
        component: { kind: "bytes", name: "visitor", bytes, allowUnsigned: true },
        invocation: { kind: "function", text: "visit()" },
      });
      assert.equal(report.outcome.kind === "returned" && report.outcome.wave, "0");
    }
  });
});
