import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { Step } from "../../../runtime/component/in-worker.js";
import type { FunctionType, ResourceType, ValueType } from "../../../runtime/component/wit-types.js";
import type { ExportedFunction } from "../../../runtime/sandbox/worker/exported-functions.js";
import { takeSteps } from "../../../runtime/sandbox/worker/take-steps.js";

const counter: ResourceType = { name: "counter", interface: undefined };
const own: ValueType = { kind: "own", resource: counter };
const borrow: ValueType = { kind: "borrow", resource: counter };
const u32: ValueType = { kind: "u32" };

/** What happened, in order: calls and drops. */
let events: string[] = [];

class Handle {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  [Symbol.dispose](): void {
    events.push(`drop ${this.name}`);
  }
}

function step(
  name: string,
  params: readonly ValueType[],
  result: ValueType | undefined,
  answer: () => unknown,
  args: readonly unknown[] = [],
  self?: number,
): Step<ExportedFunction> {
  const type: FunctionType = { params: params.map((param) => ({ name: "p", type: param })), result };
  const call = (given: readonly unknown[], on?: unknown): unknown => {
    const all = on === undefined ? given : [on, ...given];
    events.push(`${name}(${all.map((one) => (one instanceof Handle ? one.name : String(one))).join(", ")})`);
    return answer();
  };
  return { target: { kind: "function", name, member: name, type, call, spellings: [name] }, self, args };
}

const make = (name: string, result: ValueType = own): Step<ExportedFunction> =>
  step(`make ${name}`, [], result, () => new Handle(name));

function take(...steps: readonly Step<ExportedFunction>[]): unknown {
  events = [];
  return takeSteps(steps).value;
}

const failure = (payload: unknown): Error => Object.assign(new Error("err"), { payload });

describe("the steps of an invocation", () => {
  it("call a method on the handle of the step it names, and drop what is left, the youngest first", () => {
    const value = take(
      make("a"),
      make("b"),
      step("add", [borrow, borrow, u32], u32, () => 9, [{ step: 1 }, 3], 0),
    );
    assert.equal(value, 9);
    assert.deepEqual(events, ["make a()", "make b()", "add(a, b, 3)", "drop b", "drop a"]);
  });

  it("do not drop a handle that they gave away, in whatever it was", () => {
    const holder: ValueType = {
      kind: "record",
      fields: [{ name: "the-one", type: { kind: "list", element: own } }],
    };
    const given = step("give", [own, { kind: "option", type: own }], undefined, () => undefined, [
      { step: 0 },
      { step: 1 },
    ]);
    take(make("a"), make("b"), given);
    assert.deepEqual(events.slice(2), ["give(a, b)"]);
    take(
      make("a"),
      step("hold", [holder], undefined, () => undefined, [{ theOne: [{ step: 0 }] }]),
    );
    assert.deepEqual(events.slice(1), ["hold([object Object])"]);
  });

  it("do not take one handle twice, where one place gives it away", () => {
    const twice = step("sum", [own, own], u32, () => 1, [{ step: 0 }, { step: 0 }]);
    assert.throws(() => take(make("a"), twice), /unknown handle/);
    assert.deepEqual(events, ["make a()"]);
  });

  it("end with the err or the none of a step that should have given a handle, and drop what there was", () => {
    const parse: ValueType = { kind: "result", ok: own, err: u32 };
    const failing = step("parse", [], parse, () => {
      throw failure(4);
    });
    const after = step("after", [own, own], u32, () => 1, [{ step: 0 }, { step: 1 }]);
    assert.deepEqual(take(make("a"), failing, after), { tag: "err", val: 4 });
    assert.deepEqual(events, ["make a()", "parse()", "drop a"]);
    const none = step("find", [], { kind: "option", type: own }, () => undefined);
    assert.equal(take(make("a"), none, after), undefined);
    assert.deepEqual(events, ["make a()", "find()", "drop a"]);
  });

  it("go on with the handle in ok", () => {
    const parse = make("a", { kind: "result", ok: own, err: undefined });
    assert.equal(
      take(
        parse,
        step("get", [borrow], u32, () => 5, [], 0),
      ),
      5,
    );
    assert.deepEqual(events, ["make a()", "get(a)", "drop a"]);
  });

  it("drop every handle of what they return, also in an err", () => {
    take(step("all", [], { kind: "list", element: own }, () => [new Handle("a"), new Handle("b")]));
    assert.deepEqual(events, ["all()", "drop b", "drop a"]);
    const failing = step("fail", [], { kind: "result", ok: undefined, err: own }, () => {
      throw failure(new Handle("a"));
    });
    take(failing);
    assert.deepEqual(events, ["fail()", "drop a"]);
  });

  it("drop nothing after a trap, and let it through", () => {
    const trapping = step(
      "trap",
      [borrow],
      u32,
      () => {
        throw new WebAssembly.RuntimeError("unreachable");
      },
      [],
      0,
    );
    assert.throws(() => take(make("a"), trapping), /unreachable/);
    assert.deepEqual(events, ["make a()", "trap(a)"]);
  });

  it("take an exception for an err only where the function has one", () => {
    const throwing = step("get", [], u32, () => {
      throw failure(4);
    });
    assert.throws(() => take(throwing), /err/);
  });
});
