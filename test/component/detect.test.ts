import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { toComponent } from "../../runtime/component/adapt.js";
import { decodeComponent } from "../../runtime/component/decode/index.js";
import { detect } from "../../runtime/component/detect.js";
import { acceptUnsigned } from "../../runtime/component/verified-component.js";
import { digestOf } from "../../runtime/digest.js";
import { isWrunError } from "../../runtime/errors/index.js";
import { componentStart, module, moduleStart, section } from "./binary-builder.js";

const latin = (text: string): Uint8Array => Buffer.from(text, "latin1");

function refuses(bytes: Uint8Array, code: string, cause: RegExp): void {
  assert.throws(
    () => detect(bytes),
    (error: unknown) => {
      assert.ok(isWrunError(error), String(error));
      assert.equal(error.code, code, error.message);
      assert.match(`${error.message} ${error.next}`, cause);
      return true;
    },
  );
}

describe("telling what a file is", () => {
  it("knows a component", () => {
    assert.deepEqual(detect(Uint8Array.from(componentStart)), { kind: "component" });
  });

  const others: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["an empty file", latin(""), /empty/],
    ["two bytes of WebAssembly", latin("\0a"), /ends after/],
    ["four bytes of WebAssembly", latin("\0asm"), /ends after/],
    ["gzip", latin("\x1f\x8b\x08"), /gzip.*Unpack/],
    ["zip", latin("PK\x03\x04"), /zip/],
    ["a Linux program", latin("\x7fELF\x02"), /native Linux/],
    ["WebAssembly text", latin(";; hello\n(component)"), /text.*wasm-tools parse/],
    ["a manifest", latin('{"schemaVersion":2}'), /JSON.*registry/],
    ["a web page", latin("<!DOCTYPE html>"), /web page/],
    ["WIT", latin("package demo:app;\nworld w {}"), /WIT/],
    ["a text file", latin("hello"), /text file/],
    ["other bytes", latin("\x01\x02\xff"), /another kind/],
    ["a component of another version", Uint8Array.of(0, 0x61, 0x73, 0x6d, 12, 0, 1, 0), /format 12/],
    ["WebAssembly of another version", Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), /version \(2/],
  ];
  for (const [what, bytes, cause] of others) {
    it(`says so of ${what}`, () => refuses(bytes, "COMPONENT_NOT_WASM", cause));
  }

  it("knows commands and reactors of WASI 0.1", async () => {
    const command = await parse('(module (memory (export "memory") 1) (func (export "_start")))');
    const reactor = await parse('(module (memory (export "memory") 1) (func (export "_initialize")))');
    assert.deepEqual(detect(command), { kind: "wasi-0.1", start: "command" });
    assert.deepEqual(detect(reactor), { kind: "wasi-0.1", start: "reactor" });
  });
  it("names what another core module lacks or wants", async () => {
    refuses(Uint8Array.from(moduleStart), "COMPONENT_CORE_MODULE", /memory/);
    refuses(await parse('(module (memory (export "memory") 1))'), "COMPONENT_CORE_MODULE", /_start/);
    refuses(
      await parse(
        '(module (import "env" "puts" (func)) (memory (export "memory") 1) (func (export "_start")))',
      ),
      "COMPONENT_CORE_MODULE",
      /imports 'puts' from 'env'/,
    );
  });
  it("refuses a damaged core module without falling over", () => {
    refuses(Uint8Array.from(module([2, 0xff, 0xff, 0xff, 0xff, 0x0f])), "COMPONENT_MALFORMED", /4294967295/);
    refuses(Uint8Array.from(module(section(2, [0xff, 0x01]))), "COMPONENT_MALFORMED", /255 imports/);
  });
});

describe("adapting a core module of WASI 0.1", () => {
  it("makes a component of it and remembers what it was", async () => {
    const bytes = await parse(`(module
      (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
      (memory (export "memory") 1) (func (export "_start")))`);
    const adapted = await toComponent(bytes);
    assert.equal(adapted.adaptedFrom, digestOf(bytes));
    const { type } = decodeComponent(adapted.bytes);
    assert.ok(type.imports.interfaces.some((item) => item.name.startsWith("wasi:random/random@0.2.")));
    const component = acceptUnsigned(adapted.bytes, { allowUnsigned: true, adaptedFrom: digestOf(bytes) });
    assert.deepEqual(component.provenance, { kind: "unsigned", adaptedFrom: digestOf(bytes) });
  });
  it("leaves a component as it is", async () => {
    const bytes = Uint8Array.from(componentStart);
    assert.deepEqual(await toComponent(bytes), { bytes, adaptedFrom: undefined });
  });
  it("refuses a module that the toolchain cannot adapt, and can adapt the next one", async () => {
    const wrong = await parse(`(module
      (import "wasi_snapshot_preview1" "no_such_function" (func))
      (memory (export "memory") 1) (func (export "_start")))`);
    await assert.rejects(toComponent(wrong), (error: unknown) => {
      assert.ok(isWrunError(error) && error.code === "COMPONENT_ADAPT_FAILED", String(error));
      assert.match(error.message, /no_such_function/);
      return true;
    });
    const broken = Uint8Array.from(
      module(
        section(5, [1, 0, 1]),
        section(7, [2, 6, ...latin("memory"), 2, 0, 6, ...latin("_start"), 0, 0]),
      ),
    );
    await assert.rejects(
      toComponent(broken),
      (error: unknown) => isWrunError(error) && error.code === "COMPONENT_ADAPT_FAILED",
    );
    const right = await parse('(module (memory (export "memory") 1) (func (export "_start")))');
    assert.equal((await toComponent(right)).adaptedFrom, digestOf(right));
  });
});
