import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { ResourceType, ValueType } from "../../../runtime/component/wit-types.js";
import {
  compileConverter,
  createResourceTable,
  dispose,
  type ResourceTable,
} from "../../../runtime/sandbox/gate/resources.js";
import { uncounted } from "../../attacks/uncounted.js";

const file: ResourceType = { name: "file", interface: "a:b/files" };
const lock: ResourceType = { name: "lock", interface: "a:b/files" };
const u32: ValueType = { kind: "u32" };
const own: ValueType = { kind: "own", resource: file };
const borrow: ValueType = { kind: "borrow", resource: file };
const option = (type: ValueType): ValueType => ({ kind: "option", type });
const list = (element: ValueType): ValueType => ({ kind: "list", element });

/** Shows which conversion met which value, instead of converting it. */
function mark(type: ValueType | undefined): (value: unknown) => unknown {
  return compileConverter(
    type,
    (value, { name }) => `own ${name} ${String(value)}`,
    (value, { name }) => `borrow ${name} ${String(value)}`,
  );
}

describe("the conversion of handles in values", () => {
  it("gives a value without handles back as it is, whatever its shape, without looking into it", () => {
    const types: readonly (ValueType | undefined)[] = [
      undefined,
      u32,
      { kind: "string" },
      { kind: "flags", names: ["a"] },
      { kind: "enum", cases: ["a"] },
      list(list(u32)),
      option(option(u32)),
      { kind: "tuple", items: [u32, list(u32)] },
      { kind: "record", fields: [{ name: "own", type: u32 }] },
      { kind: "result", ok: undefined, err: u32 },
      {
        kind: "variant",
        cases: [
          { name: "a", type: u32 },
          { name: "b", type: undefined },
        ],
      },
    ];
    const untouchable = new Proxy(
      {},
      {
        get() {
          throw new Error("was looked into");
        },
      },
    );
    for (const type of types) assert.equal(mark(type)(untouchable), untouchable);
  });

  const shapes: Readonly<Record<string, readonly [ValueType, unknown, unknown]>> = {
    "an owned handle": [own, 1, "own file 1"],
    "a borrowed handle": [borrow, 1, "borrow file 1"],
    "a list of handles": [list(own), [1, 2], ["own file 1", "own file 2"]],
    "an empty list": [list(own), [], []],
    "a list of lists": [list(list(borrow)), [[1], []], [["borrow file 1"], []]],
    "a tuple": [{ kind: "tuple", items: [u32, own] }, [7, 1], [7, "own file 1"]],
    "an option that is there": [option(own), 1, "own file 1"],
    "an option that is not": [option(own), undefined, undefined],
    "an option in an option": [
      option(option(own)),
      { tag: "some", val: 1 },
      { tag: "some", val: "own file 1" },
    ],
    "an option in an option, of which the inner one is not there": [
      option(option(own)),
      { tag: "some", val: undefined },
      { tag: "some", val: undefined },
    ],
    "an option in an option that is not there": [
      option(option(own)),
      { tag: "none" },
      { tag: "none", val: undefined },
    ],
    "an option of a list": [option(list(own)), [1], ["own file 1"]],
    "a result's ok": [
      { kind: "result", ok: own, err: u32 },
      { tag: "ok", val: 1 },
      { tag: "ok", val: "own file 1" },
    ],
    "a result's error": [
      { kind: "result", ok: own, err: u32 },
      { tag: "err", val: 1 },
      { tag: "err", val: 1 },
    ],
    "a handle in a result's error": [
      { kind: "result", ok: undefined, err: borrow },
      { tag: "err", val: 1 },
      { tag: "err", val: "borrow file 1" },
    ],
    "a record, by the names that generated code uses": [
      {
        kind: "record",
        fields: [
          { name: "first-file", type: own },
          { name: "size", type: u32 },
        ],
      },
      { firstFile: 1, size: 2, more: 3 },
      { firstFile: "own file 1", size: 2 },
    ],
    "a variant's case with a handle": [
      {
        kind: "variant",
        cases: [
          { name: "opened", type: own },
          { name: "closed", type: undefined },
        ],
      },
      { tag: "opened", val: 1 },
      { tag: "opened", val: "own file 1" },
    ],
    "a variant's case without one": [
      {
        kind: "variant",
        cases: [
          { name: "opened", type: own },
          { name: "closed", type: undefined },
        ],
      },
      { tag: "closed" },
      { tag: "closed", val: undefined },
    ],
    "all of them in one another": [
      list({
        kind: "record",
        fields: [{ name: "r", type: { kind: "result", ok: option(list(own)), err: undefined } }],
      }),
      [{ r: { tag: "ok", val: [1] } }, { r: { tag: "err" } }],
      [{ r: { tag: "ok", val: ["own file 1"] } }, { r: { tag: "err", val: undefined } }],
    ],
  };
  for (const [what, [type, value, expected]] of Object.entries(shapes)) {
    it(`reaches those of ${what}`, () => {
      assert.deepEqual(mark(type)(value), expected);
    });
  }

  it("changes no value that it is given", () => {
    const value = Object.freeze([Object.freeze({ tag: "ok", val: Object.freeze([1]) })]);
    mark(list({ kind: "result", ok: list(own), err: undefined }))(value);
    assert.deepEqual(value, [{ tag: "ok", val: [1] }]);
  });

  it("refuses a value of another shape than its type", () => {
    for (const [type, value] of [
      [list(own), "text"],
      [list(own), { length: 1, 0: 1 }],
      [{ kind: "tuple", items: [own] }, undefined],
      [{ kind: "record", fields: [{ name: "a", type: own }] }, null],
      [{ kind: "result", ok: own, err: undefined }, 7],
      [option(option(own)), undefined],
    ] as const) {
      assert.throws(() => mark(type)(value), TypeError);
    }
  });
});

describe("the table of a guest's handles", () => {
  class FileShell {
    readonly kind = "file";
  }
  class LockShell {
    readonly kind = "lock";
  }
  class Thing {
    disposed = 0;
    [Symbol.dispose](): void {
      this.disposed += 1;
    }
  }

  function table(): ResourceTable {
    return createResourceTable((resource) => (resource.name === "file" ? FileShell : LockShell), uncounted);
  }

  it("gives the host object behind a shell of its own, and no property of it on the shell", () => {
    const resources = table();
    const host = new Thing();
    const shell = resources.shellOf(host, file);
    assert.ok(shell instanceof FileShell);
    assert.deepEqual(Reflect.ownKeys(shell), []);
    assert.equal(resources.hostOf(shell, file), host);
  });

  it("knows no shell that it did not hand out, though it is of the right class", () => {
    const resources = table();
    const other = table().shellOf(new Thing(), file);
    for (const forged of [
      new FileShell(),
      Object.create(FileShell.prototype) as object,
      other,
      {},
      7,
      null,
    ]) {
      assert.throws(() => resources.hostOf(forged, file), TypeError);
      assert.throws(() => resources.release(forged), TypeError);
    }
    assert.throws(() => resources.drop(new FileShell()), TypeError);
  });

  it("takes no handle of one resource for one of another", () => {
    const resources = table();
    const shell = resources.shellOf(new Thing(), file);
    assert.throws(() => resources.hostOf(shell, lock), /not a handle of lock/);
  });

  it("knows no handle that was dropped or given away, and drops none twice", () => {
    const resources = table();
    const host = new Thing();
    const dropped = resources.shellOf(host, file);
    resources.drop(dropped);
    assert.equal(host.disposed, 1);
    assert.throws(() => resources.hostOf(dropped, file), /unknown handle/);
    assert.throws(() => resources.drop(dropped), /unknown handle/);
    assert.throws(() => resources.release(dropped), /unknown handle/);
    assert.equal(host.disposed, 1);

    const given = resources.shellOf(host, file);
    assert.equal(resources.release(given), true);
    assert.throws(() => resources.drop(given), /unknown handle/);
    assert.equal(host.disposed, 1, "whoever was given it disposes of it");
  });

  it("disposes of a host object with its last handle, not before", () => {
    const resources = table();
    const host = new Thing();
    const shells = [1, 2, 3].map(() => resources.shellOf(host, file));
    const [first = {}, second = {}, third = {}] = shells;
    resources.drop(first);
    assert.equal(resources.release(second), false);
    assert.equal(host.disposed, 0);
    resources.drop(third);
    assert.equal(host.disposed, 1);
  });

  it("gives a host object one number, whichever handle it is behind, and each its own", () => {
    const resources = table();
    const [one, two] = [new Thing(), new Thing()];
    resources.shellOf(one, file);
    resources.shellOf(two, file);
    resources.drop(resources.shellOf(one, file));
    assert.deepEqual(
      [resources.idOf(one), resources.idOf(two), resources.idOf(new Thing())],
      [1, 2, undefined],
    );
  });

  it("hands out no shell for what is no object", () => {
    for (const value of [undefined, null, 7, "file"]) {
      assert.throws(() => table().shellOf(value, file), /the host returned no file/);
    }
  });

  it("holds 65536 handles at once, and not one more until one is dropped", () => {
    const resources = table();
    const host = new Thing();
    const shells = Array.from({ length: 65_536 }, () => resources.shellOf(host, file));
    assert.throws(() => resources.shellOf(host, file), RangeError);
    assert.throws(() => resources.shellOf(new Thing(), lock), RangeError);
    resources.drop(shells[0] ?? {});
    const again = resources.shellOf(host, file);
    assert.throws(() => resources.shellOf(host, file), RangeError);
    resources.release(again);
    resources.shellOf(host, file);
  });

  it("disposes of what has something to let go of, and of nothing else", () => {
    const host = new Thing();
    dispose(host);
    dispose({});
    dispose({ [Symbol.dispose]: "no function" });
    assert.equal(host.disposed, 1);
  });
});
