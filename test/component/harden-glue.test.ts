import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { hardenGlue } from "../../runtime/component/harden-glue.js";

const copy = "new Uint16Array(memory0.buffer.slice(ptr3, ptr3 + len3 * 2))";
const remover = `function rscTableRemove(table, handle) {
  const scope = table[handle << 1];
  const val = table[(handle << 1) + 1];
  if (val === 0 || (scope & T_FLAG) !== 0) {
    throw new Error('unknown handle');
  }
  table[handle << 1] = table[0] | T_FLAG;
  table[0] = handle | T_FLAG;
  return val;
}`;

const entry =
  "export function instantiate(getCoreModule, imports, instantiateCore = (module, importObject) => new WebAssembly.Instance(module, importObject)) {";

interface Lifting {
  readonly instantiate: (...args: unknown[]) => void;
  readonly lift: (memory: { buffer: ArrayBuffer }, pointer: number, length: number) => Uint16Array;
  readonly items: (length: number, item?: unknown) => unknown[];
  readonly text: (view: Uint8Array) => string;
  readonly call: (act: () => unknown) => unknown;
}

let loaded = 0;

/** Generated code of the known forms around one list of each kind and a string, brought to life: each time a module of its own. */
async function lifting(memory: object = { take() {}, giveBack() {} }): Promise<Lifting> {
  const glue = `
${entry}
    }
    const TEXT_DECODER_UTF8 = new TextDecoder();
    export function text(view) { return TEXT_DECODER_UTF8.decode(view); }
    export function lift(memory0, ptr3, len3) { return ${copy}; }
    export function items(len2, item = '') {
      var result2 = [];
      for (let i = 0; i < len2; i++) {
        result2.push(item);
      }
      return result2;
    }
    export function call(importFn) {
      const params = [];
      const res = importFn(...params);
      return res;
    }
    // ${(loaded += 1)}`;
  const url = `data:text/javascript,${encodeURIComponent(hardenGlue(glue))}`;
  const glueModule = (await import(url)) as Lifting;
  glueModule.instantiate(undefined, undefined, undefined, undefined, memory);
  return glueModule;
}

describe("hardening generated code", () => {
  it("leaves no lenient decoder, and refuses one that it does not know", () => {
    assert.match(hardenGlue("const d = new TextDecoder();"), /const d = \$wrunDecoder\('utf-8', true\)/);
    assert.match(hardenGlue("const d = new TextDecoder('utf-16');"), /const d = \$wrunDecoder\('utf-16le'/);
    assert.match(
      hardenGlue("const decoder = new TextDecoder();"),
      /const decoder = \$wrunDecoder\('utf-8', false\)/,
    );
    assert.throws(
      () => hardenGlue("const d = new TextDecoder('latin1');"),
      /string decoder that is not known/,
    );
  });

  it("copies a list as it is", async () => {
    const { lift } = await lifting();
    const memory = { buffer: new ArrayBuffer(64) };
    new Uint16Array(memory.buffer).set([1, 2, 3, 4]);
    assert.deepEqual([...lift(memory, 2, 2)], [2, 3]);
    assert.deepEqual([...lift(memory, 0, 4)], [1, 2, 3, 4]);
    assert.deepEqual([...lift(memory, 64, 0)], []);
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

  it("refuses lists of one call that have more than a million items together", async () => {
    const { items, call } = await lifting();
    assert.equal(items(600_000).length, 600_000);
    assert.throws(() => items(400_001), /more than 1000000 items/);
    assert.throws(() => call(() => items(-1)), /more than 1000000 items/);
    assert.equal((call(() => items(3)) as unknown[]).length, 3);
  });

  it("charges each value as it is made, and gives back what a host call has lifted", async () => {
    let held = 0;
    const charged = (act: () => unknown): number => {
      const before = held;
      act();
      return held - before;
    };
    const { lift, items, text, call } = await lifting({
      take: (bytes: number) => (held += bytes),
      giveBack: (bytes: number) => (held -= bytes),
    });
    const memory = { buffer: new ArrayBuffer(1 << 16) };
    assert.equal(
      charged(() => items(0)),
      256,
    );
    assert.equal(
      charged(() => items(10)),
      256 + 10 * 32,
    );
    assert.equal(
      charged(() => items(10, { tag: "some", val: [1n, true] })),
      256 + 10 * (64 + 32 + 64 + 64),
    );
    assert.equal(
      charged(() => lift(memory, 0, 1000)),
      512 + 2000,
    );
    assert.equal(
      charged(() => text(Buffer.from("ascii"))),
      32 + 5,
    );
    assert.equal(
      charged(() => text(Buffer.from("naïve"))),
      32 + 6 + 10,
    );
    const before = held;
    call(() => assert.ok(charged(() => items(1000)) > 32_000));
    assert.ok(held <= before);
  });

  it("makes no list where nothing is there to charge it to", async () => {
    const { items, lift } = await lifting(undefined);
    const none = await lifting(Object.create(null) as object);
    assert.equal(items(1).length + lift({ buffer: new ArrayBuffer(2) }, 0, 1).length, 2);
    assert.throws(() => none.items(1), TypeError);
  });

  it("decodes strictly, and refuses strings of one call that have more than 32 MiB together", async () => {
    const { text, call } = await lifting();
    assert.equal(text(Buffer.from("\ufeffnaïve")), "\ufeffnaïve");
    assert.throws(() => text(Uint8Array.of(0xff)), /not valid/);
    const half = new Uint8Array(16 << 20).fill(0x78);
    call(() => undefined);
    assert.equal(text(half).length + text(half).length, 32 << 20);
    assert.throws(() => text(Uint8Array.of(0x78)), /more than 33554432 bytes/);
    assert.equal(
      call(() => text(Uint8Array.of(0x78))),
      "x",
    );
  });

  it("refuses a list in a form that it does not know", () => {
    for (const other of [
      "var result2 = []; while (i < len2) {",
      "var result2 = [];\nfor (let i = 0; i < vec2.length; i++) {",
    ])
      assert.throws(() => hardenGlue(other), /list in a way/, other);
  });

  it("refuses a copy in a form that it does not know", () => {
    for (const other of [
      "new Uint8Array(memory0.buffer.slice(ptr3))",
      "new Uint8Array(memory0.buffer.slice(ptr3, ptr4 + len3 * 1))",
      "memory0.buffer.slice(ptr3, ptr3 + len3 * 1)",
      "new Uint8Array(memory0.buffer.slice(ptr3, ptr3 + len3 * 16))",
    ])
      assert.throws(() => hardenGlue(`const a = ${other};`), /list in a way/, other);
  });

  it("refuses the removal of a handle that was never there, also far beyond the table and before it", async () => {
    const glue = `const T_FLAG = 1 << 30;\nexport ${remover}`;
    const url = `data:text/javascript,${encodeURIComponent(hardenGlue(glue))}`;
    const { rscTableRemove } = (await import(url)) as {
      rscTableRemove: (table: number[], handle: number) => number;
    };
    const flag = 1 << 30;
    const table = [flag, 0, 0, 7 | flag];
    // The same entry, where the highest bit is lost.
    assert.throws(() => rscTableRemove(table, 1 - 0x8000_0000), /unknown handle/);
    assert.equal(rscTableRemove(table, 1), 7 | flag);
    for (const handle of [0, 2, 3, 1000, -1, 0x3fff_ffff, -0x8000_0000, -0x7fff_ffff])
      assert.throws(() => rscTableRemove(table, handle), /unknown handle/, String(handle));
  });

  it("leaves nothing in the place of a handle that was dropped, so that it cannot be used", async () => {
    const glue = `const T_FLAG = 1 << 30;\nexport ${remover} // dropped`;
    const url = `data:text/javascript,${encodeURIComponent(hardenGlue(glue))}`;
    const { rscTableRemove } = (await import(url)) as {
      rscTableRemove: (table: number[], handle: number) => number;
    };
    const flag = 1 << 30;
    const table = [flag, 0, 0, 7 | flag, 0, 8 | flag];
    rscTableRemove(table, 1);
    assert.equal(table[3], 0);
    assert.equal(table[5], 8 | flag);
    assert.throws(() => rscTableRemove(table, 1), /unknown handle/);
  });

  it("refuses a table of handles in a form that it does not know", () => {
    assert.throws(() => hardenGlue(remover.replace("val === 0 ||", "val == 0 ||")), /table of handles/);
    assert.throws(
      () => hardenGlue(remover.replace("table[0] = handle", "table[0] = +handle")),
      /table of handles/,
    );
    assert.throws(() => hardenGlue(remover + remover), /table of handles/);
    assert.throws(() => hardenGlue(remover.replace("rscTableRemove", "remove")), /table of handles/);
  });

  it("lets each object drop its own handle, also one of a list", async () => {
    const dropper = `Object.defineProperty(rsc2, symbolDispose, { writable: true, value: function () {
        finalizationRegistry0.unregister(rsc2);
        const handleEntry = rscTableRemove(handleTable0, handle3);
        rsc2[symbolDispose] = emptyFunc;
        rsc2[symbolRscHandle] = undefined;
        dropped.push(handleEntry);
      }});`;
    const glue = `
      export const symbolDispose = Symbol(), dropped = [];
      const symbolRscHandle = Symbol(), emptyFunc = () => {}, handleTable0 = [];
      const finalizationRegistry0 = { unregister() {} }, rscTableRemove = (table, handle) => handle;
      export function list() {
        const objects = [];
        for (let i = 1; i < 4; i++) {
          var handle3 = i, rsc2 = {};
          Object.defineProperty(rsc2, symbolRscHandle, { writable: true, value: handle3 });
          ${dropper}
          objects.push(rsc2);
        }
        return objects;
      }`;
    const url = `data:text/javascript,${encodeURIComponent(hardenGlue(glue))}`;
    const { list, dropped, symbolDispose } = (await import(url)) as {
      list: () => Record<symbol, () => void>[];
      dropped: number[];
      symbolDispose: symbol;
    };
    for (const object of [...list(), ...list().slice(1, 2)]) {
      object[symbolDispose]?.();
      object[symbolDispose]?.();
    }
    assert.deepEqual(dropped, [1, 2, 3, 2]);
    assert.throws(() => hardenGlue(dropper.replace("handleEntry =", "entry =")), /way of dropping handles/);
  });

  it("tries no way of suspending, and leaves other code that speaks of it alone", () => {
    const attempt = (from: string): string => `try {
      realloc0Async = WebAssembly.promising(${from});
    } catch(err) {
      realloc0Async = ${from};
    }`;
    for (const from of ["exports10.cabi_realloc", "exports1['cabi_post_a:b/c@1.0.0#d']"]) {
      const hardened = hardenGlue(attempt(from));
      assert.ok(hardened.startsWith(`realloc0Async = ${from};`), hardened);
    }
    const other = "const later = WebAssembly.promising(run);";
    assert.ok(hardenGlue(other).startsWith(other));
  });

  it("forgets what was dropped, and refuses a way of dropping that it does not know", () => {
    const drop = `const handleEntry = rscTableRemove(handleTable3, handle);
      if (handleEntry.own) {
        const rsc = captureTable2.get(handleEntry.rep);
        if (rsc) {
          if (rsc[symbolDispose]) rsc[symbolDispose]();
          captureTable2.delete(handleEntry.rep);
        }
      }`;
    assert.match(hardenGlue(drop), /rep\); handleTable3\._createdReps\.delete\(handleEntry\.rep\);\s*\}/);
    assert.throws(() => hardenGlue(drop.replace("const rsc", "let rsc")), /dropping the host's objects/);
  });

  it("asks the garbage collector nothing", async () => {
    const creator = `export function finalizationRegistryCreate (unregister) {
      if (typeof FinalizationRegistry === 'undefined') {
        return { unregister () {} };
      }
      return new FinalizationRegistry(unregister);
    }`;
    const url = `data:text/javascript,${encodeURIComponent(hardenGlue(creator))}`;
    const { finalizationRegistryCreate } = (await import(url)) as {
      finalizationRegistryCreate: (unregister: () => void) => FinalizationRegistry<unknown>;
    };
    const registry = finalizationRegistryCreate(() => undefined);
    registry.register({}, 1, {});
    registry.unregister({});
    assert.ok(!(registry instanceof FinalizationRegistry));
    assert.throws(
      () => hardenGlue(creator.replace("return new", "return  new")),
      /finalizers that are not known/,
    );
  });
});
