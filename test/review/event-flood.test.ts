import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { parse } from "@bytecodealliance/jco";
import type { Run } from "wrun";
import { type Arena, openArena, policyOf } from "../attacks/harness.js";

/** Opens a bucket that it was not given, over and over. */
const asksForEver = `(component
  (import "wasi:keyvalue/store@0.2.0-draft2" (instance $store
    (export "bucket" (type $bucket (sub resource)))
    (type $error (variant (case "no-such-store") (case "access-denied") (case "other" string)))
    (export "error" (type $error2 (eq $error)))
    (export "open" (func (param "identifier" string) (result (result (own $bucket) (error $error2)))))))
  (core module $memory (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $memory))
  (core func $open (canon lower (func $store "open")
    (memory $memory) (realloc (core func $memory "realloc"))))
  (core module $main (import "host" "open" (func $open (param i32 i32 i32)))
    (func (export "run") (result i32)
      (loop $again (call $open (i32.const 0) (i32.const 4) (i32.const 64)) (br $again))
      unreachable))
  (core instance $main (instantiate $main (with "host" (instance (export "open" (func $open))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $api (export "run" (func $run)))
  (export "wasi:cli/run@0.2.12" (instance $api)))`;

describe("a guest that is denied for ever", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(() => arena.close());

  /** Blocks this thread until the guest writes nothing more to its lineage; false if it goes on for seconds. */
  function fallsSilent(folder: string): boolean {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    let last = -1;
    for (let tries = 0; tries < 12; tries += 1) {
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
      const size = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
      if (size === last) return true;
      last = size;
      Atomics.wait(cell, 0, 0, 250);
    }
    return false;
  }

  it("waits while nobody takes note, so that what it causes does not fill the supervisor's memory", async () => {
    let silent: boolean | undefined;
    let run: Run | undefined;
    let denied = 0;
    const request = {
      component: { kind: "bytes", name: "asks", bytes: await parse(asksForEver), allowUnsigned: true },
      policy: {
        bytes: Buffer.from(
          policyOf([
            '{ id: kv, interface: "wasi:keyvalue/store", keyvalue: [{ bucket: notes, access: [read] }] }',
          ]),
        ),
        name: "p.yaml",
      },
    } as const;
    run = await arena.runtime.start({
      ...request,
      onEvent(event) {
        if (event.type !== "denied") return;
        denied += 1;
        silent ??= fallsSilent(join(arena.home, "lineage"));
        // It has gone on in between: what was taken note of made room.
        if (denied === 5_000) run?.stop("enough");
      },
    });
    const report = await run.finished;
    assert.equal(silent, true);
    assert.equal(report.outcome.kind, "stopped");
  });
});
