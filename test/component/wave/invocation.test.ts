import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { type Callable, type Lookup, parseInvocation } from "../../../runtime/component/wave/index.js";
import type { FunctionType, ResourceType, ValueType } from "../../../runtime/component/wit-types.js";
import { isWrunError } from "../../../runtime/errors/index.js";

const u8: ValueType = { kind: "u8" };
const text: ValueType = { kind: "string" };
const counter: ResourceType = { name: "counter", interface: "demo:app/api" };
const meter: ResourceType = { name: "meter", interface: "demo:app/api" };
const own = (resource: ResourceType): ValueType => ({ kind: "own", resource });
const borrow = (resource: ResourceType): ValueType => ({ kind: "borrow", resource });
const optional = (type: ValueType): ValueType => ({ kind: "option", type });

function takes(params: Readonly<Record<string, ValueType>>, result?: ValueType): FunctionType {
  return { params: Object.entries(params).map(([name, type]) => ({ name, type })), result };
}

const functions: Readonly<Record<string, FunctionType>> = {
  greet: takes({ who: text, times: optional(u8) }, text),
  "demo:app/api@1.0.0#greet": takes({ who: text }, text),
  run: takes({}),
  counter: takes({ start: u8 }, own(counter)),
  "[constructor]counter": takes({ start: u8 }, own(counter)),
  "counter.parse": takes({ text }, { kind: "result", ok: own(counter), err: text }),
  "counter.find": takes({}, optional(own(counter))),
  "counter.all": takes({}, { kind: "list", element: own(counter) }),
  meter: takes({}, own(meter)),
  sum: takes({ one: own(counter), other: borrow(counter) }, own(counter)),
  total: takes({ all: { kind: "list", element: borrow(counter) } }, u8),
  close: takes({ it: optional(own(counter)) }),
  measure: takes({ it: borrow(meter) }),
};

const methods: Readonly<Record<string, FunctionType>> = {
  get: takes({ self: borrow(counter) }, u8),
  add: takes({ self: borrow(counter), by: u8 }, own(counter)),
  take: takes({ self: borrow(counter), other: borrow(counter), most: optional(u8) }, own(counter)),
};

interface Named extends Callable {
  readonly name: string;
}

function named(known: Readonly<Record<string, FunctionType>>, name: string): Named {
  const type = known[name];
  if (type === undefined) throw new Error(`no ${name}`);
  return { name, type };
}

const lookup: Lookup<Named> = {
  function: (name) => named(functions, name),
  method(resource, name) {
    assert.equal(resource, counter, "methods are asked of the resource that came back");
    return named(methods, name);
  },
};

type Plan = readonly (readonly [name: string, self: number | undefined, args: readonly unknown[]])[];

function plan(written: string): Plan {
  return parseInvocation(written, lookup).map(({ target, self, args }) => [target.name, self, args] as const);
}

function refusedAt(written: string, column: number, cause: RegExp, code = "WAVE_SYNTAX"): void {
  assert.throws(
    () => plan(written),
    (error: unknown) => {
      assert.ok(isWrunError(error), String(error));
      assert.equal(error.code, code);
      assert.match(error.message, cause);
      assert.equal(error.details["column"], column, error.message);
      return true;
    },
  );
}

describe("an invocation of one function", () => {
  it("is a name and its arguments", () => {
    assert.deepEqual(plan(' demo:app/api@1.0.0#greet ("a") '), [
      ["demo:app/api@1.0.0#greet", undefined, ["a"]],
    ]);
    assert.deepEqual(plan("[constructor]counter(1)"), [["[constructor]counter", undefined, [1]]]);
  });

  it("may leave out parentheses without arguments, and arguments at the end that are none", () => {
    assert.deepEqual(plan("run"), [["run", undefined, []]]);
    assert.deepEqual(plan('greet("Ada")'), [["greet", undefined, ["Ada", undefined]]]);
    assert.deepEqual(plan('greet("Ada", 2)'), [["greet", undefined, ["Ada", 2]]]);
  });

  it("names the column of what is wrong", () => {
    refusedAt('greet("Ada", x)', 14, /u8/);
    refusedAt("greet()", 8, /argument who is missing/);
    refusedAt("greet", 6, /argument who is missing/);
    refusedAt('greet("a", 1, 2)', 15, /one more/);
    refusedAt('greet("a") x', 12, /end of the call/);
    refusedAt('greet "a"', 7, /expected '\('/);
    refusedAt("(1)", 1, /name of a function/);
    refusedAt("", 1, /name of a function/);
  });
});

describe("an invocation that is a chain", () => {
  it("calls each method on what the call before it returned", () => {
    assert.deepEqual(plan("counter(5).add(3).add(4).get()"), [
      ["counter", undefined, [5]],
      ["add", 0, [3]],
      ["add", 1, [4]],
      ["get", 2, []],
    ]);
  });

  it("reaches into ok and some, and takes blanks, comments and an escaped name", () => {
    assert.deepEqual(plan('counter.parse("7") // seven\n  . %get ()'), [
      ["counter.parse", undefined, ["7"]],
      ["get", 0, []],
    ]);
    assert.deepEqual(plan("counter.find().get"), [
      ["counter.find", undefined, []],
      ["get", 0, []],
    ]);
  });

  it("makes the handles that arguments need before the call that takes them", () => {
    assert.deepEqual(plan('sum(counter(1).add(2), counter.parse("3")).get()'), [
      ["counter", undefined, [1]],
      ["add", 0, [2]],
      ["counter.parse", undefined, ["3"]],
      ["sum", undefined, [{ step: 1 }, { step: 2 }]],
      ["get", 3, []],
    ]);
    assert.deepEqual(plan("counter(1).take(counter(2), 3)"), [
      ["counter", undefined, [1]],
      ["counter", undefined, [2]],
      ["take", 0, [{ step: 1 }, 3]],
    ]);
    assert.deepEqual(plan("total([counter(1), counter.find])"), [
      ["counter", undefined, [1]],
      ["counter.find", undefined, []],
      ["total", undefined, [[{ step: 0 }, { step: 1 }]]],
    ]);
    assert.deepEqual(plan("close(some(counter(1)))").at(-1), ["close", undefined, [{ step: 0 }]]);
    assert.deepEqual(plan("close(none)"), [["close", undefined, [undefined]]]);
  });

  it("refuses a method on what is no resource", () => {
    const code = "METHOD_ON_VALUE";
    refusedAt("counter(1).get().add(2)", 18, /before \.add returns u8, and only a resource/, code);
    refusedAt("counter.all().get()", 15, /returns list<counter>/, code);
  });

  it("refuses a handle of another resource, and a value in place of a handle", () => {
    refusedAt("sum(meter(), counter(1))", 5, /a counter is wanted here, and this returns meter/);
    refusedAt("measure(counter(1))", 9, /a meter is wanted here, and this returns counter/);
    refusedAt("sum(counter(1).get(), counter(1))", 5, /this returns u8/);
    refusedAt("measure(run)", 9, /this returns nothing/);
    refusedAt("sum(3, counter(1))", 5, /expected a call that returns a counter/);
  });

  it("refuses what stands where a method should, and calls that are nested without end", () => {
    refusedAt("counter(1).", 12, /expected the name of a method, found the end/);
    refusedAt("counter(1).(2)", 12, /expected the name of a method/);
    refusedAt("counter(1)..get()", 12, /expected the name of a method/);
    refusedAt("counter(1).get() counter(2)", 18, /end of the call/);
    refusedAt("sum(".repeat(1000), 201, /more than 50 deep/);
  });
});
