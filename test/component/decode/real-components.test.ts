import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { readAdapter } from "../../../runtime/component/adapters.js";
import { decodeComponent } from "../../../runtime/component/decode/index.js";
import type { InterfaceType, ValueType } from "../../../runtime/component/wit-types.js";
import { assemble, composedWat, counterWat, ledgerWat } from "../sample-components.js";

function interfaceNamed(interfaces: readonly InterfaceType[], name: string): InterfaceType {
  const found = interfaces.find((item) => item.name === name);
  assert.ok(found, `there is ${name}`);
  return found;
}

function handleOf(type: ValueType | undefined) {
  assert.ok(type !== undefined && (type.kind === "own" || type.kind === "borrow"));
  return type.resource;
}

describe("the decoder, on components that tools made", () => {
  it("reads every kind of type of an imported interface", async () => {
    const { type } = decodeComponent(await assemble(ledgerWat));
    const ledger = interfaceNamed(type.imports.interfaces, "demo:bank/ledger@1.2.0");
    assert.deepEqual(
      [...ledger.functions.keys()],
      ["[constructor]account", "[method]account.deposit", "[static]account.all", "draw"],
    );
    assert.deepEqual(ledger.functions.get("draw"), {
      params: [
        {
          name: "p",
          type: {
            kind: "record",
            fields: [
              { name: "x", type: { kind: "s32" } },
              { name: "label", type: { kind: "option", type: { kind: "string" } } },
            ],
          },
        },
        {
          name: "s",
          type: {
            kind: "variant",
            cases: [
              { name: "dot", type: undefined },
              { name: "circle", type: { kind: "f64" } },
            ],
          },
        },
        { name: "c", type: { kind: "enum", cases: ["red", "dark-blue"] } },
        { name: "r", type: { kind: "flags", names: ["read", "write-all"] } },
      ],
      result: { kind: "tuple", items: [{ kind: "char" }, { kind: "bool" }] },
    });
    assert.deepEqual(ledger.functions.get("[method]account.deposit")?.result, {
      kind: "result",
      ok: { kind: "u64" },
      err: { kind: "string" },
    });
  });

  it("knows a resource that one interface defines and another uses as one and the same", async () => {
    const { type } = decodeComponent(await assemble(ledgerWat));
    const ledger = interfaceNamed(type.imports.interfaces, "demo:bank/ledger@1.2.0");
    const audit = interfaceNamed(type.imports.interfaces, "demo:bank/audit");
    const account = ledger.resources.get("account");
    assert.deepEqual(account, { name: "account", interface: "demo:bank/ledger@1.2.0" });
    assert.equal(handleOf(ledger.functions.get("[constructor]account")?.result), account);
    assert.equal(handleOf(audit.functions.get("check")?.params[0]?.type), account);
    assert.equal(audit.resources.size, 0, "it uses the resource and does not define one");
  });

  it("reads functions imported and exported without an interface", async () => {
    const { type } = decodeComponent(await assemble(ledgerWat));
    assert.deepEqual([...type.imports.functions.keys()], ["log-line"]);
    assert.deepEqual(type.exports.functions.get("run"), {
      params: [{ name: "n", type: { kind: "u32" } }],
      result: { kind: "u32" },
    });
  });

  it("finds every core module with its memories and tables", async () => {
    const bytes = await assemble(ledgerWat);
    const { coreModules } = decodeComponent(bytes);
    assert.equal(coreModules.length, 2);
    assert.deepEqual(coreModules[0]?.memories, [{ min: 2, max: 5 }]);
    assert.deepEqual(coreModules[0]?.tables, [{ min: 3, max: 9 }]);
    assert.deepEqual(coreModules[1]?.imports, [
      { module: "host", name: "log", kind: "func" },
      { module: "host", name: "drop", kind: "func" },
    ]);
    for (const { offset, length } of coreModules) {
      assert.ok(
        new WebAssembly.Module(bytes.slice(offset, offset + length)),
        "the range is exactly a module",
      );
    }
  });

  it("names an exported resource by its interface, through the nested component that gives it", async () => {
    const { type } = decodeComponent(await assemble(counterWat));
    const api = interfaceNamed(type.exports.interfaces, "demo:count/api@0.1.0");
    const counter = api.resources.get("counter");
    assert.deepEqual(counter, { name: "counter", interface: "demo:count/api@0.1.0" });
    assert.equal(handleOf(api.functions.get("[constructor]counter")?.result), counter);
    assert.equal(handleOf(api.functions.get("[method]counter.value")?.params[0]?.type), counter);
  });

  it("sees only what is left open of composed components", async () => {
    const { type, coreModules } = decodeComponent(await assemble(composedWat));
    assert.deepEqual(
      type.imports.interfaces.map((item) => item.name),
      ["demo:app/clock@1.0.0"],
    );
    assert.deepEqual([...type.exports.functions.keys()], ["quadruple"]);
    assert.equal(coreModules.length, 2);
  });

  it("gives two instances of one nested component resources of their own", async () => {
    const bytes = await assemble(`(component
      (component $c (type $r (resource (rep i32))) (export "r" (type $r)))
      (instance $a (instantiate $c)) (instance $b (instantiate $c))
      (export "a" (instance $a)) (export "b" (instance $b)))`);
    const { type } = decodeComponent(bytes);
    const [a, b] = type.exports.interfaces.map((item) => item.resources.get("r"));
    assert.deepEqual(a, { name: "r", interface: "a" });
    assert.deepEqual(b, { name: "r", interface: "b" });
    assert.notEqual(a, b);
  });

  it("reads a module of WASI 0.1 behind the adapter", async () => {
    const module = await parse(`(module
      (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (func (export "_start")))`);
    const bytes = await componentNew(module, [["wasi_snapshot_preview1", await readAdapter("command")]]);
    const { type } = decodeComponent(bytes);
    const streams = type.imports.interfaces.find((item) => item.name.startsWith("wasi:io/streams@0.2."));
    assert.ok(streams?.resources.has("output-stream"));
    assert.ok(type.exports.interfaces.some((item) => item.name.startsWith("wasi:cli/run@0.2.")));
  });
});
