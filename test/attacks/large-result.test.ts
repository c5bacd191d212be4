import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { linkComponent } from "../../runtime/component/index.js";
import type { RunOutcome } from "wrun";
import { verifyComponent } from "../../runtime/sandbox/admission/admit.js";
import { assemble } from "../component/sample-components.js";
import { type Arena, openArena } from "./harness.js";
import { manyFlags } from "./many-flags.js";

const child = fileURLToPath(new URL("./large-result-child.js", import.meta.url));
/** What the host may take beside `limits.memory`. */
const hostMiB = 32;
const page = 65_536;

interface Came {
  readonly outcome: RunOutcome | { readonly kind: "returned" };
  readonly length: number;
  readonly peakMiB: number;
}

interface Large {
  readonly type: string;
  /** Of an item, in bytes. */
  readonly size: number;
  /** Core code that puts what the items lead to in its place; all else is zero. Address 16 is the first item's. */
  readonly fill?: string;
  /** How many items of `size` there are, out of so many bytes of memory. */
  readonly items?: (bytes: number) => number;
}

/** Each of a thousand items of `size` leads to the same `count` things in the middle of the memory. */
const leadingTo = (size: number, count: string): string => `
  (local $at i32)
  (local.set $at (i32.const 16))
  (loop $next
    (i32.store (local.get $at) (i32.const 262144))
    (i32.store (i32.add (local.get $at) (i32.const 4)) ${count})
    (local.set $at (i32.add (local.get $at) (i32.const ${size})))
    (br_if $next (i32.lt_u (local.get $at) (i32.const ${16 + 1000 * size}))))`;

const large: Readonly<Record<string, Large>> = {
  "numbers of a byte": { type: "(list u8)", size: 1 },
  truths: { type: "(list bool)", size: 1 },
  "numbers of 64 bits": { type: "(list u64)", size: 8 },
  "empty texts": { type: "(list string)", size: 8 },
  "empty lists of numbers": { type: "(list (list u16))", size: 8 },
  "empty lists of texts": { type: "(list (list string))", size: 8 },
  "options in options": { type: "(list (option (option (option (option u8)))))", size: 5 },
  "pairs of a result and a number": { type: "(list (tuple (result u64 (error u8)) u64))", size: 24 },
  "lists that are all the same one": {
    type: "(list (list bool))",
    size: 8,
    items: () => 1000,
    fill: leadingTo(8, "(i32.const 300)"),
  },
  "texts that are all the same one": {
    type: "(list string)",
    size: 8,
    items: () => 1000,
    fill: leadingTo(8, "(i32.const 8000)"),
  },
};

/** Exports `big`, which returns what fills so many pages. */
function returning({ type, size, fill = "", items }: Large, pages: number): string {
  const room = pages * page - 16;
  const count = items?.(room) ?? Math.floor(room / size);
  return `(component
    (core module $code
      (memory (export "memory") ${pages})
      (func (export "big") (result i32)
        ${fill}
        (i32.store (i32.const 0) (i32.const 16))
        (i32.store (i32.const 4) (i32.const ${count}))
        (i32.const 0)))
    (core instance $code (instantiate $code))
    (func $big (result ${type}) (canon lift (core func $code "big") (memory (core memory $code "memory"))))
    (export "big" (func $big)))`;
}

let arena: Arena;
let small: Came;
beforeAll(async () => {
  arena = await openArena();
  small = await call(returning({ type: "(list u8)", size: 1, items: () => 3 }, 1), "512KiB");
});
afterAll(() => arena.close());

/** The component is linked before, in this process: what that takes is not what a result takes. */
async function call(text: string, memory: string): Promise<Came> {
  const bytes = await assemble(text);
  const { node } = arena.runtime;
  await linkComponent(
    await verifyComponent({ kind: "bytes", name: "big", bytes, allowUnsigned: true }, node),
    {
      cache: node.cache,
    },
  );
  const file = join(arena.data, "big.wasm");
  await writeFile(file, bytes);
  const { stdout } = await promisify(execFile)(process.execPath, [child, arena.home, file, memory]);
  return JSON.parse(stdout) as Came;
}

describe("a guest with little memory whose result is large outside of it", () => {
  for (const [what, one] of Object.entries(large)) {
    it(`is ended, and the host stays small, with ${what}`, async () => {
      const came = await call(returning(one, 8), "512KiB");
      assert.match(JSON.stringify(came.outcome), /limits\.memory: 524288 bytes in the guest and \d+ behind/);
      const most = small.peakMiB + 0.5 + hostMiB;
      assert.ok(came.peakMiB < most, `${came.peakMiB} MiB, and ${small.peakMiB} with a small result`);
    });
  }

  for (const count of [19_000, 32_600]) {
    it(`is ended or stays small with ${count} values of 32 flags, and 64 MiB`, async () => {
      const came = await call(manyFlags(count), "64MiB");
      const most = small.peakMiB + 64 + hostMiB;
      assert.ok(came.peakMiB < most, `${came.peakMiB} MiB, and ${small.peakMiB} with a small result`);
    });
  }
});
