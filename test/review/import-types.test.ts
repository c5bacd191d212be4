import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, it } from "vitest";
import { parse } from "@bytecodealliance/jco";
import { decodeComponent } from "../../runtime/component/index.js";
import { isWrunError } from "wrun";
import { mistypedImports, type PinnedTypes, pinnedTypes } from "../../runtime/sandbox/gate/pinned-types.js";
import { type Arena, openArena, policyOf } from "../attacks/harness.js";
import { pinnedTypesFile, readPinnedTypes } from "./read-pinned-types.js";

/** A command that imports one interface as the guest likes to declare it, and calls nothing. */
const importing = (name: string, declarations: string): string => `(component
  (import "${name}" (instance ${declarations}))
  (core module $m (func (export "run") (result i32) i32.const 0))
  (core instance $i (instantiate $m))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $api (export "run" (func $run)))
  (export "wasi:cli/run@0.2.12" (instance $api)))`;

/** Header values of 16 bits: 0x010d is no line end to who looks at the number, and one to who writes its low byte. */
const wideHeaders = importing(
  "wasi:http/types@0.2.12",
  `(export "fields" (type $fields (sub resource)))
   (type $entry (tuple string (list u16))) (type $entries (list $entry))
   (type $error (variant (case "invalid-syntax") (case "forbidden") (case "immutable")))
   (export "header-error" (type $error2 (eq $error)))
   (export "[static]fields.from-list"
     (func (param "entries" $entries) (result (result (own $fields) (error $error2)))))`,
);

/** The arguments of an ordinary function under other names, so that a rule on `identifier` does not see them. */
const renamed = importing(
  "wasi:keyvalue/store@0.2.0-draft2",
  `(export "bucket" (type $bucket (sub resource)))
   (type $error (variant (case "no-such-store") (case "access-denied") (case "other" string)))
   (export "error" (type $error2 (eq $error)))
   (export "open" (func (param "identity" string) (result (result (own $bucket) (error $error2)))))`,
);

/** A host object asked for as a record: generated code would read its properties. */
const opened = importing(
  "wasi:filesystem/preopens@0.2.12",
  `(type $inside (record (field "root" string)))
   (export "inside" (type $inside2 (eq $inside)))
   (type $pair (tuple $inside2 string)) (type $pairs (list $pair))
   (export "get-directories" (func (result $pairs)))`,
);

const everything = [
  '{ id: http, interface: "wasi:http/types" }',
  '{ id: kv, interface: "wasi:keyvalue/store", keyvalue: [{ bucket: notes, access: [read] }] }',
  '{ id: pre, interface: "wasi:filesystem/preopens" }',
];

describe("a function that a component declares in another way than its WIT does", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(() => arena.close());

  const attempt = async (wat: string): Promise<unknown> => {
    const run = await arena.runtime.start({
      component: { kind: "bytes", name: "mistyped", bytes: await parse(wat), allowUnsigned: true },
      policy: { bytes: Buffer.from(policyOf(everything)), name: "p.yaml" },
    });
    return run.finished;
  };

  for (const [what, wat, name] of [
    ["whose arguments have other types", wideHeaders, "wasi:http/types@0.2.12 [static]fields.from-list"],
    ["whose arguments have other names", renamed, "wasi:keyvalue/store@0.2.0-draft2 open"],
    ["whose result opens a resource", opened, "wasi:filesystem/preopens@0.2.12 get-directories"],
  ] as const) {
    it(`${what} is not linked`, async () => {
      await assert.rejects(attempt(wat), (error: unknown) => {
        assert.ok(isWrunError(error), String(error));
        assert.equal(error.code, "IMPORT_TYPE_MISMATCH", error.message);
        assert.ok(error.message.includes(name), error.message);
        return true;
      });
    });
  }
});

describe("the pinned types", () => {
  it("are those of the packages in wit/deps; with UPDATE_FUNCTION_TYPES=1 they become them", async () => {
    if (process.env["UPDATE_FUNCTION_TYPES"] === "1") {
      await writeFile(pinnedTypesFile, `${JSON.stringify(await readPinnedTypes(), undefined, 2)}\n`);
    }
    const stored: unknown = JSON.parse(await readFile(pinnedTypesFile, "utf8"));
    assert.deepEqual(stored, await readPinnedTypes());
  });

  it("leave no function of an import unlooked at", async () => {
    const wat = importing("demo:a/b", `(export "f" (func)) (export "g" (func (param "n" u8)))`);
    const { imports } = decodeComponent(await parse(wat)).type;
    const types: PinnedTypes = new Map([
      ["demo:a/b#f", "() -> _"],
      ["demo:a/b#g", "(n: u16) -> _"],
    ]);
    assert.deepEqual(
      mistypedImports(imports, types).map(({ function: name, declared, pinned }) => [name, declared, pinned]),
      [["g", "(n: u8) -> _", "(n: u16) -> _"]],
    );
  });

  it("of a package that brings its own stand beside those of WASI", () => {
    const own = { "acme:a/b#f": "() -> u8" };
    const types = pinnedTypes([{ functionTypes: own }, {}]);
    assert.equal(types.get("acme:a/b#f"), "() -> u8");
    assert.equal(types.get("wasi:cli/environment#get-arguments"), "() -> list<string>");
  });

  it("cannot be replaced for a function that has one", () => {
    assert.throws(
      () => pinnedTypes([{ functionTypes: { "wasi:cli/environment#get-arguments": "() -> u8" } }]),
      /wasi:cli\/environment#get-arguments/,
    );
  });
});
