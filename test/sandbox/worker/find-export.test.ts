import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type {
  ComponentType,
  FunctionType,
  ResourceType,
  ValueType,
} from "../../../runtime/component/wit-types.js";
import { isWrunError } from "../../../runtime/index.js";
import { findCommand, findExport, lookUpIn } from "../../../runtime/sandbox/worker/find-export.js";

const type: FunctionType = { params: [], result: { kind: "string" } };

/** A component that exports these functions, by interface; the ones of `""` at world level. */
function component(exported: Readonly<Record<string, readonly string[]>>): {
  type: ComponentType;
  module: Record<string, unknown>;
} {
  const { "": own = [], ...interfaces } = exported;
  const functions = (names: readonly string[]) => new Map(names.map((name) => [name, type]));
  const values = (owner: string, names: readonly string[]) =>
    names.map((name) => [
      name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      () => `${owner}:${name}`,
    ]);
  return {
    type: {
      imports: { interfaces: [], functions: new Map(), resources: new Map() },
      exports: {
        interfaces: Object.entries(interfaces).map(([name, names]) => ({
          name,
          functions: functions(names),
          resources: new Map(),
        })),
        functions: functions(own),
      },
    },
    module: Object.fromEntries([
      ...Object.entries(interfaces).map(([name, names]) => [name, Object.fromEntries(values(name, names))]),
      ...values("world", own),
    ]) as Record<string, unknown>,
  };
}

const desk = component({ "acme:billing/desk@1.0.0": ["ask", "move-all"], "": ["greet"] });

function answer(from: ReturnType<typeof component>, wanted: string, ofInterface?: string): unknown {
  return findExport(from.type, from.module, wanted, ofInterface).call([]);
}

function refusal(attempt: () => unknown): string {
  try {
    attempt();
    return "none";
  } catch (error) {
    if (!isWrunError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe("the search for an export", () => {
  for (const spelling of [
    "move-all",
    "desk.move-all",
    "acme:billing/desk.move-all",
    "acme:billing/desk#move-all",
    "acme:billing/desk@1.0.0#move-all",
  ]) {
    it(`finds it as ${spelling}`, () => {
      assert.equal(answer(desk, spelling), "acme:billing/desk@1.0.0:move-all");
    });
  }

  it("finds a function at world level by its name", () => {
    assert.equal(answer(desk, "greet"), "world:greet");
  });

  it("finds an interface that generated code exports without its version", () => {
    const { type: known, module } = desk;
    const unversioned = { "acme:billing/desk": module["acme:billing/desk@1.0.0"] };
    assert.equal(findExport(known, unversioned, "ask").call([]), "acme:billing/desk@1.0.0:ask");
  });

  it("calls the function as a member of its interface", () => {
    const { type: known } = desk;
    const target = {
      word: "mine",
      ask(this: { word: string }) {
        return this.word;
      },
    };
    assert.equal(findExport(known, { "acme:billing/desk@1.0.0": target }, "ask").call([]), "mine");
  });

  it("says what there is where there is no such function", () => {
    assert.equal(
      refusal(() => answer(desk, "asks")),
      'EXPORT_UNKNOWN: the component does not export asks; it exports acme:billing/desk.ask, acme:billing/desk.move-all, greet; did you mean "ask"?',
    );
    assert.match(
      refusal(() => answer(component({}), "ask")),
      /it exports nothing$/,
    );
  });

  it("takes no spelling in between", () => {
    for (const wanted of [
      "moveAll",
      "billing/desk.ask",
      "acme:billing/desk",
      "desk#ask",
      "desk@1.0.0.ask",
      "",
    ]) {
      assert.match(
        refusal(() => answer(desk, wanted)),
        /^EXPORT_UNKNOWN/,
      );
    }
  });

  it("asks which one where two interfaces have the name, and takes the full one", () => {
    const two = component({ "a:b/left": ["run"], "a:b/right@2.0.0": ["run"], "": ["run"] });
    assert.equal(
      refusal(() => answer(two, "run")),
      "EXPORT_AMBIGUOUS: run could be any of a:b/left.run, a:b/right.run, run",
    );
    assert.equal(answer(two, "right.run"), "a:b/right@2.0.0:run");
    assert.equal(answer(two, "a:b/left.run"), "a:b/left:run");
  });

  it("asks which one where two versions of an interface have it, and takes the exact one", () => {
    const two = component({ "a:b/c@1.0.0": ["run"], "a:b/c@2.0.0": ["run"] });
    assert.match(
      refusal(() => answer(two, "a:b/c.run")),
      /^EXPORT_AMBIGUOUS/,
    );
    assert.equal(answer(two, "a:b/c@2.0.0#run"), "a:b/c@2.0.0:run");
  });

  it("looks only where a command's function must be", () => {
    const command = component({ "wasi:cli/run@0.2.6": ["run"], "evil:cli/run": ["run"], "": ["run"] });
    assert.equal(answer(command, "run", "wasi:cli/run"), "wasi:cli/run@0.2.6:run");
    assert.equal(
      refusal(() => answer(component({ "": ["run"], "evil:cli/run": ["run"] }), "run", "wasi:cli/run")),
      "EXPORT_UNKNOWN: the component does not export wasi:cli/run; it exports nothing",
    );
  });

  it("says what else a component exports that is no command, and how that is started", () => {
    const refused = (names: Record<string, readonly string[]>): { message: string; next: string } => {
      const other = component(names);
      try {
        findCommand(other.type, other.module);
      } catch (error) {
        if (isWrunError(error) && error.code === "COMPONENT_RUNS_NOTHING") return error;
        throw error;
      }
      throw new Error("it was found");
    };
    const billing = refused({ "acme:billing/desk@1.0.0": ["ask"], "evil:cli/run": ["run"], "": ["run"] });
    assert.match(billing.message, /; it exports acme:billing\/desk@1\.0\.0, evil:cli\/run, run$/);
    assert.match(billing.next, /^Call a function of it with --invoke /);
    const web = refused({ "wasi:http/incoming-handler@0.2.12": ["handle"] });
    assert.match(web.message, /; it exports wasi:http\/incoming-handler@0\.2\.12$/);
    assert.equal(web.next, "It answers requests: start it with `wrun serve`.");
    const nothing = refused({});
    assert.match(nothing.message, /; it exports nothing$/);
    assert.match(nothing.next, /^Build /);
  });

  it("finds nothing by a name that every object has", () => {
    for (const name of ["__proto__", "constructor", "to-string", "toString", "has-own-property"]) {
      assert.match(
        refusal(() => answer(desk, name)),
        /^EXPORT_UNKNOWN/,
      );
      assert.match(
        refusal(() => answer(desk, `desk.${name}`)),
        /^EXPORT_UNKNOWN/,
      );
    }
  });

  it("gives nothing inherited for a name that the type has and the generated code does not", () => {
    for (const name of ["to-string", "constructor", "value-of", "is-prototype-of"]) {
      const lying = component({ "a:b/c": [name], "": [name] });
      const empty = { "a:b/c": {} };
      assert.match(
        refusal(() => findExport(lying.type, empty, name)),
        /^EXPORT_UNKNOWN/,
      );
    }
  });
});

const counter: ResourceType = { name: "counter", interface: "acme:counting/counters@1.0.0" };
const meter: ResourceType = { name: "meter", interface: "acme:counting/counters@1.0.0" };
const own = (resource: ResourceType): ValueType => ({ kind: "own", resource });
const u32: ValueType = { kind: "u32" };

function method(resource: ResourceType, ...names: readonly string[]): FunctionType {
  const self = { name: "self", type: { kind: "borrow", resource } as const };
  return { params: [self, ...names.map((name) => ({ name, type: u32 }))], result: u32 };
}

class Counter {
  readonly start: number;
  constructor(start: number) {
    this.start = start;
  }
  add(by: number): number {
    return this.start + by;
  }
  constructorOf(): string {
    return "constructor-of";
  }
  static parse(text: string): string {
    return `${this === Counter} ${text}`;
  }
}

function counters(functions: Readonly<Record<string, FunctionType>>): ComponentType {
  const [name, resources] = ["acme:counting/counters@1.0.0", new Map([["counter", counter]])];
  return {
    imports: { interfaces: [], functions: new Map(), resources: new Map() },
    exports: {
      interfaces: [{ name, resources, functions: new Map(Object.entries(functions)) }],
      functions: new Map(),
    },
  };
}

const counting = counters({
  "[constructor]counter": { params: [{ name: "start", type: u32 }], result: own(counter) },
  "[method]counter.add": method(counter, "by"),
  "[method]counter.constructor-of": method(counter),
  "[static]counter.parse": type,
  spare: { params: [], result: own(meter) },
});
const generated = {
  "acme:counting/counters@1.0.0": { Counter, spare: () => "a meter" },
};

describe("the search for what belongs to a resource", () => {
  const { function: find, method: findMethod } = lookUpIn(counting, generated);

  for (const spelling of [
    "counter",
    "counters.counter",
    "acme:counting/counters.counter",
    "acme:counting/counters@1.0.0#counter",
    "[constructor]counter",
    "acme:counting/counters@1.0.0#[constructor]counter",
  ]) {
    it(`finds the constructor as ${spelling}`, () => {
      const made = find(spelling).call([5]);
      assert.ok(made instanceof Counter);
      assert.equal(made.start, 5);
    });
  }

  it("finds a static function behind the resource, and calls it as one of the class", () => {
    for (const spelling of [
      "counter.parse",
      "counters.counter.parse",
      "[static]counter.parse",
      "acme:counting/counters.[static]counter.parse",
    ])
      assert.equal(find(spelling).call(["7"]), "true 7");
  });

  it("finds a method of the resource that a handle is of, and calls it on that handle", () => {
    assert.equal(findMethod(counter, "add").call([3], new Counter(4)), 7);
    assert.equal(findMethod(counter, "constructor-of").call([], new Counter(4)), "constructor-of");
  });

  it("says how a method is called that stands where a function should", () => {
    for (const wanted of ["counter.add", "counters.counter.add", "[method]counter.add"])
      assert.equal(
        refusal(() => find(wanted)),
        `EXPORT_IS_METHOD: ${wanted} is a method of the resource counter, and is called on a handle of one`,
      );
    assert.throws(
      () => find("counter.add"),
      (error) => isWrunError(error) && error.next.includes("acme:counting/counters.counter(…).add(…)"),
    );
  });

  it("names the methods that there are, and the one that was probably meant", () => {
    assert.equal(
      refusal(() => findMethod(counter, "ad")),
      'METHOD_UNKNOWN: the resource counter has no method ad; it has add, constructor-of; did you mean "add"?',
    );
    assert.match(
      refusal(() => findMethod(counter, "parse")),
      /; parse is a static function, acme:counting\/counters\.counter\.parse$/,
    );
    assert.match(
      refusal(() => findMethod(meter, "add")),
      /the resource meter has no method add; it has none that the component exports$/,
    );
    assert.match(
      refusal(() => find("counter.pars")),
      /it exports acme:counting\/counters\.counter, .*did you mean "counter\.parse"\?$/,
    );
  });

  it("finds nothing by a name that every class and every object has", () => {
    for (const name of ["constructor", "to-string", "__proto__", "has-own-property", "value-of"])
      assert.match(
        refusal(() => findMethod(counter, name)),
        /^METHOD_UNKNOWN/,
      );
    for (const name of ["prototype", "name", "length", "call", "apply", "bind", "constructor", "__proto__"])
      assert.match(
        refusal(() => find(`counter.${name}`)),
        /^EXPORT_UNKNOWN/,
      );
  });

  it("gives nothing inherited for a name that the type has and the class does not", () => {
    const lying = counters({
      "[method]counter.to-string": method(counter),
      "[static]counter.bind": type,
      "[static]counter.prototype": type,
      "[constructor]object": { params: [], result: own(counter) },
      "[method]object.value-of": method(counter),
    });
    const lookup = lookUpIn(lying, generated);
    assert.match(
      refusal(() => lookup.method(counter, "to-string")),
      /^METHOD_UNKNOWN/,
    );
    assert.match(
      refusal(() => lookup.method(counter, "value-of")),
      /^METHOD_UNKNOWN/,
    );
    for (const name of ["counter.bind", "counter.prototype", "object"])
      assert.match(
        refusal(() => lookup.function(name)),
        /^EXPORT_UNKNOWN/,
      );
  });

  it("goes by the type of a method's first parameter, and not by the resource in its name", () => {
    const odd = counters({
      "[method]counter.add": method(meter, "by"),
      "[method]counter.get": { params: [], result: u32 },
    });
    const lookup = lookUpIn(odd, generated);
    for (const name of ["add", "get"])
      assert.match(
        refusal(() => lookup.method(counter, name)),
        /^METHOD_UNKNOWN/,
      );
  });
});
