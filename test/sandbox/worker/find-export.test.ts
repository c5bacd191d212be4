import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ComponentType, FunctionType } from "../../../runtime/component/wit-types.js";
import { isWrunError } from "../../../runtime/index.js";
import { findExport } from "../../../runtime/sandbox/worker/find-export.js";

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
  return findExport(from.type, from.module, wanted, ofInterface).call();
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
    assert.equal(findExport(known, unversioned, "ask").call(), "acme:billing/desk@1.0.0:ask");
  });

  it("calls the function as a member of its interface", () => {
    const { type: known } = desk;
    const target = {
      word: "mine",
      ask(this: { word: string }) {
        return this.word;
      },
    };
    assert.equal(findExport(known, { "acme:billing/desk@1.0.0": target }, "ask").call(), "mine");
  });

  it("says what there is where there is no such function", () => {
    assert.equal(
      refusal(() => answer(desk, "asks")),
      "EXPORT_UNKNOWN: the component does not export asks; it exports acme:billing/desk.ask, acme:billing/desk.move-all, greet",
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
