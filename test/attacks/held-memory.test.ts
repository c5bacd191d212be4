import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { RunOutcome } from "wrun";
import { type Arena, linkBeforehand, openArena } from "./harness.js";

const child = fileURLToPath(new URL("./held-memory-child.js", import.meta.url));
/** What the host may take beside `limits.memory`. */
const hostMiB = 32;

interface Came {
  readonly outcome: RunOutcome;
  readonly peakMiB: number;
}

let arena: Arena;
/** Without an attack: `script` with nothing to do, and a guest that takes next to no memory, ended after a few calls. */
let empty: Came;
let small: Came;
beforeAll(async () => {
  arena = await openArena();
  await linkBeforehand(arena, ["script", "fork-bomb-handles"]);
  empty = await attack("");
  small = await attack("0", "fork-bomb-handles", "512KiB", 20);
});
afterAll(() => arena.close());

async function attack(
  script: string,
  guest = "script",
  memory = "64MiB",
  hostCalls = 100_000_000,
): Promise<Came> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    child,
    arena.home,
    guest,
    memory,
    script,
    String(hostCalls),
  ]);
  return JSON.parse(stdout) as Came;
}

function staysSmall({ peakMiB }: Came, without = empty, memoryMiB = 64): void {
  const most = without.peakMiB + memoryMiB + hostMiB;
  assert.ok(peakMiB < most, `${peakMiB} MiB, and ${without.peakMiB} without an attack`);
}

const bucket = 'const b = store.open("b"); ';
const large = "const v = new Uint8Array(262000).fill(97); ";

describe("what the host holds for a guest", () => {
  const held: Readonly<Record<string, string>> = {
    "values of cas handles": `${bucket} const all = []; for (;;) all.push(atomics.Cas.new(b, "large"));`,
    "large fields": `${large} const all = []; for (;;) { const f = new http.Fields(); f.append("x", v); all.push(f); }`,
    "clones of fields": `${large} const f = new http.Fields(); f.append("x", v); const all = []; for (;;) all.push(f.clone());`,
    "trailers of responses that are never set": `const v = new Uint8Array(60000).fill(97); const all = [];
      for (;;) { const f = new http.Fields(); f.append("x", v); const r = new http.OutgoingResponse(new http.Fields());
        http.OutgoingBody.finish(r.body(), f); all.push(r); }`,
    "trailers of requests that are never sent": `const v = new Uint8Array(60000).fill(97); const all = [];
      for (;;) { const f = new http.Fields(); f.append("x", v); const r = new http.OutgoingRequest(new http.Fields());
        http.OutgoingBody.finish(r.body(), f); all.push(r); }`,
    "empty fields": "const all = []; for (;;) all.push(new http.Fields());",
    "fields of many small values": 'const f = new http.Fields(); for (;;) f.append("x", new Uint8Array(0));',
    "request options": "const all = []; for (;;) all.push(new http.RequestOptions());",
    buckets: 'const all = []; for (;;) all.push(store.open("b"));',
    "bodies of requests": `const all = []; const v = new Uint8Array(60000); for (;;) {
      const r = new http.OutgoingRequest(new http.Fields()); const o = r.body(); const s = o.write(); s.write(v); all.push(r, o, s); }`,
    pollables:
      "const all = []; const o = new http.OutgoingRequest(new http.Fields()).body().write(); for (;;) all.push(o.subscribe());",
    preopens: "const all = []; for (;;) all.push(getDirectories());",
  };
  for (const [what, script] of Object.entries(held)) {
    it(`is counted: ${what}`, async () => {
      const came = await attack(script);
      assert.equal(came.outcome.kind, "trapped", JSON.stringify(came.outcome));
      assert.match(JSON.stringify(came.outcome), /limits\.memory: \d+ bytes in the guest and \d+ behind/);
      staysSmall(came);
    });
  }

  for (const [choice, what] of ["fields", "timers", "streams"].entries()) {
    it(`is counted where the guest has next to no memory: ${what}`, async () => {
      const came = await attack(String(choice), "fork-bomb-handles", "512KiB");
      assert.match(JSON.stringify(came.outcome), /limits\.memory: 524288 bytes in the guest and \d+ behind/);
      staysSmall(came, small, 1);
    });
  }

  const dropped: Readonly<Record<string, string>> = {
    "values of cas handles": `${bucket} for (let i = 0; i < 60; i++) atomics.Cas.new(b, "large")[Symbol.dispose]();`,
    "values that are read": `${bucket} for (let i = 0; i < 60; i++) b.get("large");`,
    "large fields": `${large} for (let i = 0; i < 1000; i++) { const f = new http.Fields(); f.append("x", v); f[Symbol.dispose](); }`,
    "handles by the thousand": `for (let j = 0; j < 10; j++) { const all = []; for (let i = 0; i < 9000; i++) all.push(new http.Fields());
      for (const f of all) f[Symbol.dispose](); }`,
  };
  for (const [what, script] of Object.entries(dropped)) {
    it(`is let go of with its handle: ${what}`, async () => {
      const came = await attack(script);
      assert.deepEqual(came.outcome, { kind: "exited", exitCode: 0 });
      staysSmall(came);
    });
  }
});
