import { componentWit } from "@bytecodealliance/jco";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "vitest";
import { binaries, buildGuests } from "../../guests/build.js";

async function witOf(name: string): Promise<string> {
  const [outcome] = await buildGuests({ out: binaries, only: [name] });
  assert.ok(outcome !== undefined && "path" in outcome, JSON.stringify(outcome));
  return componentWit(await readFile(outcome.path));
}

function imports(wit: string): string[] {
  return [...wit.matchAll(/^ {2}import ([^;]+);/gm)].map(([, name = ""]) => name).sort();
}

test("a guest in WAT imports what it calls and nothing else", async () => {
  assert.deepEqual(imports(await witOf("spin")), []);
  assert.deepEqual(imports(await witOf("blocked-stdin")), [
    "wasi:cli/stdin@0.2.0",
    "wasi:cli/stdout@0.2.0",
    "wasi:io/error@0.2.0",
    "wasi:io/streams@0.2.0",
  ]);
});

test("a TypeScript guest imports its world, not what its engine could use", async () => {
  assert.deepEqual(imports(await witOf("swallow-js")), [
    "wasi:cli/environment@0.2.12",
    "wasi:cli/stdout@0.2.12",
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:random/random@0.2.12",
  ]);
  assert.match(await witOf("swallow-js"), /export wasi:cli\/run@0\.2\.12;/);
});

test("the typed guests export and import the billing interfaces", async () => {
  const invoices = await witOf("invoices");
  assert.deepEqual(imports(invoices), []);
  assert.match(invoices, /export acme:billing\/invoices@1\.0\.0;/);
  const ledger = await witOf("ledger");
  assert.deepEqual(imports(ledger), ["acme:billing/ledger@1.0.0"]);
  assert.match(ledger, /export acme:billing\/desk@1\.0\.0;/);
});

test("each release of WASI 0.2 has a guest that asks for exactly that one", async () => {
  for (const version of ["0.2.0", "0.2.3", "0.2.6", "0.2.12"]) {
    const wit = await witOf(`hello-${version}`);
    const versions = new Set(imports(wit).map((name) => name.slice(name.indexOf("@") + 1)));
    assert.deepEqual([...versions], [version]);
    assert.ok(wit.includes(`export wasi:cli/run@${version};`), wit);
  }
});

test("the composed guest keeps its inner interface to itself", async () => {
  const wit = await witOf("composed");
  assert.deepEqual(imports(wit), ["wasi:cli/stdout@0.2.0", "wasi:io/error@0.2.0", "wasi:io/streams@0.2.0"]);
});
