import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hardenGlue } from "../../runtime/component/harden-glue.js";

const copy = "new Uint16Array(memory0.buffer.slice(ptr3, ptr3 + len3 * 2))";
const remover = `function rscTableRemove(table, handle) {
  const scope = table[handle << 1];
  const val = table[(handle << 1) + 1];
  if (val === 0 || (scope & T_FLAG) !== 0) {
    throw new Error('unknown handle');
  }
  return val;
}`;

interface Lifting {
  readonly lift: (memory: { buffer: ArrayBuffer }, pointer: number, length: number) => Uint16Array;
  readonly call: (act: () => unknown) => unknown;
}

let loaded = 0;

/** Generated code of the known form around one copy, brought to life: each time a module of its own. */
async function lifting(): Promise<Lifting> {
  const glue = `
    export function lift(memory0, ptr3, len3) { return ${copy}; }
    export function call(importFn) {
      const params = [];
      const res = importFn(...params);
      return res;
    }
    // ${(loaded += 1)}`;
  const url = `data:text/javascript,${encodeURIComponent(hardenGlue(glue))}`;
  return (await import(url)) as Lifting;
}

describe("hardening generated code", () => {
  it("leaves no lenient decoder, and refuses one that it does not know", () => {
    assert.match(hardenGlue("const d = new TextDecoder();"), /fatal: true/);
    assert.throws(
      () => hardenGlue("const d = new TextDecoder('latin1');"),
      /string decoder that is not known/,
    );
  });

  it("copies a list as it is", async () => {
    const { lift } = await lifting();
    const memory = { buffer: Uint16Array.of(1, 2, 3, 4).buffer };
    assert.deepEqual([...lift(memory, 2, 2)], [2, 3]);
    assert.deepEqual([...lift(memory, 0, 4)], [1, 2, 3, 4]);
    assert.deepEqual([...lift(memory, 8, 0)], []);
  });

  it("refuses a list that lies outside the memory, wherever its numbers wrap", async () => {
    const { lift } = await lifting();
    const memory = { buffer: new ArrayBuffer(64) };
    for (const [pointer, length] of [
      [64, 1],
      [62, 2],
      [0, 33],
      [-2, 1],
      [-64, 16],
      [0, -1],
      [2 ** 31, 1],
      [-256, 256],
    ] as const)
      assert.throws(() => lift(memory, pointer, length), /outside the memory/, `${pointer} ${length}`);
  });

  it("refuses lists of one call that are together larger than the memory, and forgets them with the call", async () => {
    const { lift, call } = await lifting();
    const memory = { buffer: new ArrayBuffer(64) };
    const liftAll = (): Uint16Array => lift(memory, 0, 32);
    liftAll();
    assert.throws(liftAll, /together larger/);
    for (let again = 0; again < 3; again += 1) call(liftAll);
    liftAll();
    assert.throws(() => call(() => [liftAll(), liftAll()]), /together larger/);
  });

  it("refuses a copy in a form that it does not know", () => {
    for (const other of [
      "new Uint8Array(memory0.buffer.slice(ptr3))",
      "new Uint8Array(memory0.buffer.slice(ptr3, ptr4 + len3 * 1))",
      "memory0.buffer.slice(ptr3, ptr3 + len3 * 1)",
      "new Uint8Array(memory0.buffer.slice(ptr3, ptr3 + len3 * 16))",
    ])
      assert.throws(() => hardenGlue(`const a = ${other};`), /copy of a list/, other);
  });

  it("refuses the removal of a handle that was never there, also far beyond the table and before it", async () => {
    const glue = `const T_FLAG = 1 << 30;\nexport ${remover}`;
    const url = `data:text/javascript,${encodeURIComponent(hardenGlue(glue))}`;
    const { rscTableRemove } = (await import(url)) as {
      rscTableRemove: (table: number[], handle: number) => number;
    };
    const flag = 1 << 30;
    const table = [flag, 0, 0, 7 | flag];
    assert.equal(rscTableRemove(table, 1), 7 | flag);
    for (const handle of [0, 2, 3, 1000, -1, 0x3fff_ffff, -0x8000_0000])
      assert.throws(() => rscTableRemove(table, handle), /unknown handle/, String(handle));
  });

  it("refuses a table of handles in a form that it does not know", () => {
    assert.throws(() => hardenGlue(remover.replace("val === 0 ||", "val == 0 ||")), /table of handles/);
    assert.throws(() => hardenGlue(remover + remover), /table of handles/);
    assert.throws(() => hardenGlue(remover.replace("rscTableRemove", "remove")), /table of handles/);
  });
});
