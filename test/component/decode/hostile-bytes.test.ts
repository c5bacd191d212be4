import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { decodeComponent } from "../../../runtime/component/decode/index.js";
import { isWrunError } from "../../../runtime/errors/index.js";
import {
  aliases,
  component,
  componentStart,
  coreModule,
  emptyFunction,
  exports,
  externName,
  functionOf,
  importFunction,
  importInstance,
  imports,
  instances,
  leb,
  module,
  nested,
  section,
  text,
  tuple,
  types,
  u32Code,
  vector,
} from "../binary-builder.js";
import { sharingTypes } from "../sharing-types.js";
import { assemble, composedWat, counterWat, ledgerWat } from "../sample-components.js";

const decodeCodes = ["COMPONENT_MALFORMED", "COMPONENT_UNSUPPORTED", "COMPONENT_TOO_COMPLEX"];

function refuses(bytes: readonly number[], code: string, cause: RegExp): void {
  assert.throws(
    () => decodeComponent(Uint8Array.from(bytes)),
    (error: unknown) => {
      assert.ok(isWrunError(error), String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, cause);
      assert.match(error.message, /offset 0x[0-9a-f]+/);
      return true;
    },
  );
}

/** Any outcome will do, except an error that is not one of the decoder's. */
function survives(bytes: Uint8Array): void {
  try {
    decodeComponent(bytes);
  } catch (error) {
    assert.ok(isWrunError(error), error instanceof Error ? error.stack : String(error));
    assert.ok(decodeCodes.includes(error.code), error.code);
  }
}

describe("numbers and lengths", () => {
  it("refuses a section that declares 4 GiB", () => {
    refuses(
      [...componentStart, 7, 0xff, 0xff, 0xff, 0xff, 0x0f],
      "COMPONENT_MALFORMED",
      /4294967295 bytes long/,
    );
  });
  it("refuses a vector of 4 billion items without making room for them", () => {
    refuses(component(section(7, leb(0xffff_ffff))), "COMPONENT_MALFORMED", /4294967295 types/);
  });
  it("refuses a name of 4 GiB", () => {
    refuses(
      component(section(10, [1, 0x00, ...leb(0xffff_ffff)])),
      "COMPONENT_MALFORMED",
      /4294967295 bytes/,
    );
  });
  it("refuses a number of more than five bytes", () => {
    const overlong = [0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
    refuses([...componentStart, 7, ...overlong], "COMPONENT_MALFORMED", /longer than a LEB128/);
  });
  it("refuses a number of five bytes with bits beyond the 32", () => {
    refuses(
      [...componentStart, 7, 0x80, 0x80, 0x80, 0x80, 0x10],
      "COMPONENT_MALFORMED",
      /does not fit 32 bits/,
    );
  });
  it("refuses a type index with bits beyond the 33", () => {
    const index = [0x80, 0x80, 0x80, 0x80, 0x20];
    refuses(component(types([0x70, ...index])), "COMPONENT_MALFORMED", /does not fit 33 bits/);
  });
  it("refuses bytes that are left over in a section", () => {
    refuses(component(section(7, [...vector([emptyFunction]), 0x00])), "COMPONENT_MALFORMED", /left over/);
  });
});

describe("sections and indices", () => {
  it("refuses an unknown section", () => {
    refuses(component(section(13, [])), "COMPONENT_MALFORMED", /unknown section 13/);
  });
  it("refuses another version of the format", () => {
    refuses([0x00, 0x61, 0x73, 0x6d, 0x0e, 0x00, 0x01, 0x00], "COMPONENT_MALFORMED", /version/);
  });
  it("refuses a type that refers to itself or to a later one", () => {
    refuses(component(types([0x70, 0x00])), "COMPONENT_MALFORMED", /type 0 is used where there are 0/);
    refuses(component(types([0x70, 0x01], [0x70, 0x7d])), "COMPONENT_MALFORMED", /type 1 is used/);
  });
  it("refuses a function type where a value type belongs", () => {
    refuses(component(types([...emptyFunction], [0x70, 0x00])), "COMPONENT_MALFORMED", /not a value type/);
  });
  it("refuses an outer alias that reaches out of the component", () => {
    refuses(component(aliases([0x03, 0x02, 0x01, 0x00])), "COMPONENT_MALFORMED", /reaches 1 levels out of 0/);
  });
  it("refuses an alias of an export that is not there", () => {
    const bytes = component(
      types([0x42, 0x00]),
      imports(importInstance("a", 0)),
      aliases([0x01, 0x00, 0x00, ...text("f")]),
    );
    refuses(bytes, "COMPONENT_MALFORMED", /no export 'f'/);
  });
  it("refuses the lifting of a core function that is not there", () => {
    refuses(
      component(types([...emptyFunction]), section(8, [1, 0, 0, 0, 0, 0])),
      "COMPONENT_MALFORMED",
      /core func 0/,
    );
  });
  it("refuses to instantiate a nested component without what it imports", () => {
    const inner = component(types([...emptyFunction]), imports(importFunction("f", 0)));
    refuses(
      component(nested(inner), instances([0x00, 0x00, 0x00])),
      "COMPONENT_MALFORMED",
      /argument 'f'.* missing/,
    );
  });
  it("refuses sections of a core module out of order", () => {
    const inner = module(section(5, [1, 0, 1]), section(1, [0]));
    refuses(component(coreModule(inner)), "COMPONENT_MALFORMED", /out of order/);
  });
  it("refuses a function that returns a borrowed handle, however deep", () => {
    const bytes = component(types([0x3f, 0x7f, 0x00], [0x68, 0x00], [0x70, 0x01], [0x40, 0x00, 0x00, 0x02]));
    refuses(bytes, "COMPONENT_MALFORMED", /borrowed/);
  });
});

function imported(name: string): number[] {
  return component(types([...emptyFunction]), imports(importFunction(name, 0)));
}

describe("names", () => {
  for (const name of [
    "x'];process.exit();['",
    "a\\b",
    "a\nb",
    "a`b",
    "__proto__",
    "a b",
    "-a",
    "a-",
    "a--b",
    "1a",
    "",
    "aB",
    "a:b",
    "a:b/c@1",
    "a:b/c@1.2",
    "a:b/c@01.2.3",
    "a:b/c@1.2.3 ",
    "a:b/c#d",
    "A:b/c",
    "a:b/c/d",
    "[method]a",
    "[getter]a.b",
    "[constructor]a.b",
    "é",
  ]) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      refuses(imported(name), "COMPONENT_MALFORMED", /is not a name|cannot/);
    });
  }

  for (const name of [
    "url=<https://example.com/x.wasm>",
    "integrity=<sha256-AAAA>",
    "locked-dep=<a:b@1.0.0>",
    "unlocked-dep=<a:b>",
    "[async]run",
    "[async method]a.b",
  ]) {
    it(`refuses ${name} as something WASI 0.2 does not use`, () => {
      refuses(imported(name), "COMPONENT_UNSUPPORTED", /URL|asynchronous/);
    });
  }

  it("refuses the same of exports", () => {
    const bytes = component(
      types([...emptyFunction]),
      imports(importFunction("f", 0)),
      exports([...externName("x'];y();['"), 0x01, 0x00, 0x00]),
    );
    refuses(bytes, "COMPONENT_MALFORMED", /is not a name that an export may have/);
  });
  it("refuses names that differ in case only", () => {
    const bytes = component(
      types([...emptyFunction]),
      imports(importFunction("a-b", 0), importFunction("a-B", 0)),
    );
    refuses(bytes, "COMPONENT_MALFORMED", /names two imports/);
  });
  it("refuses a name that is not UTF-8", () => {
    refuses(
      component(types([...emptyFunction]), imports([0, 2, 0xc3, 0x28, 1, 0])),
      "COMPONENT_MALFORMED",
      /UTF-8/,
    );
  });
  it("refuses a byte order mark before a name", () => {
    refuses(imported("\ufeffa"), "COMPONENT_MALFORMED", /is not a name/);
  });
  it("refuses a name of more than 512 bytes", () => {
    refuses(imported("a".repeat(513)), "COMPONENT_TOO_COMPLEX", /513 bytes/);
  });

  for (const name of [
    "x'],globalThis.escaped=1,['y",
    "a\\",
    "a\nb",
    "a\rb",
    "a\u2028b",
    "a`b",
    "a${b}",
    'a"b',
    "a\0b",
  ]) {
    const what = JSON.stringify(name);
    it(`refuses ${what} as a core export, import, argument or alias`, () => {
      const exporting = module(section(5, [1, 0, 1]), section(7, vector([[...text(name), 2, 0]])));
      refuses(component(coreModule(exporting)), "COMPONENT_UNSUPPORTED", /core names may not have/);
      const importing = module(section(2, vector([[...text(name), ...text("m"), 2, 0, 1]])));
      refuses(component(coreModule(importing)), "COMPONENT_UNSUPPORTED", /core names may not have/);
      const importingItem = module(section(2, vector([[...text("m"), ...text(name), 2, 0, 1]])));
      refuses(component(coreModule(importingItem)), "COMPONENT_UNSUPPORTED", /core names may not have/);
      const bundle = section(2, vector([[0x01, 0x00]]));
      const aliased = component(bundle, aliases([0x00, 0x02, 0x01, 0x00, ...text(name)]));
      refuses(aliased, "COMPONENT_UNSUPPORTED", /core names may not have/);
      const argument = section(
        2,
        vector([
          [0x01, 0x00],
          [0x00, 0x00, 0x01, ...text(name), 0x12, 0x00],
        ]),
      );
      refuses(component(coreModule(module()), argument), "COMPONENT_UNSUPPORTED", /core names may not have/);
      const aliasMemory = aliases([0x00, 0x02, 0x01, 0x00, ...text("m")]);
      const inline = section(2, vector([[0x01, 0x01, ...text(name), 0x02, 0x00]]));
      refuses(component(bundle, aliasMemory, inline), "COMPONENT_UNSUPPORTED", /core names may not have/);
    });
  }
});

describe("what WASI 0.2 does not use", () => {
  const cases: readonly (readonly [string, readonly number[], RegExp])[] = [
    ["streams", component(types([0x66, 0x01, 0x7d])), /stream/],
    ["futures", component(types([0x65, 0x00])), /future/],
    ["error contexts", component(types([0x70, 0x64])), /error-context/],
    ["lists of fixed length", component(types([0x67, 0x7d, 0x04])), /fixed length/],
    ["maps", component(types([0x63, 0x73, 0x73])), /map/],
    ["asynchronous functions", component(types([0x43, 0x00, 0x01, 0x00])), /asynchronous/],
    ["asynchronous canonical functions", component(section(8, [1, 0x09, 0x01, 0x00, 0x00])), /asynchronous/],
    ["named results", component(types([0x40, 0x00, 0x01, 0x01, ...text("a"), 0x7d])), /named results/],
    ["start functions", component(section(9, [0, 0, 0])), /start/],
    ["values", component(section(12, [0])), /value/],
    [
      "names with attributes",
      component(types([...emptyFunction]), imports([2, ...text("a"), 0, 1, 0])),
      /attributes/,
    ],
    ["shared memories", component(coreModule(module(section(5, [1, 3, 1, 2])))), /shared/],
    ["memories of 64 bits", component(coreModule(module(section(5, [1, 4, 1])))), /64 bits/],
    ["garbage-collected types", component(coreModule(module(section(1, [1, 0x5f, 0])))), /garbage/],
    ["imports of core modules", component(imports([...externName("m"), 0x00, 0x11, 0x00])), /core module/],
    [
      "imports of components",
      component(types([0x41, 0x00]), imports([...externName("c"), 0x04, 0x00])),
      /imports the component/,
    ],
  ];
  for (const [what, bytes, cause] of cases) {
    it(`refuses ${what}`, () => refuses(bytes, "COMPONENT_UNSUPPORTED", cause));
  }
});

/** Declarations of an instance type that holds two instances of an earlier type. */
function twoOf(type: number): number[] {
  const alias = [0x02, 0x03, 0x02, 0x01, ...leb(type)];
  const first = [0x04, ...externName("a"), 0x05, 0x00];
  const second = [0x04, ...externName("b"), 0x05, 0x00];
  return [...alias, ...first, ...second];
}

describe("bombs", () => {
  it("refuses components nested without end", () => {
    let bomb = component();
    for (let level = 0; level < 200; level += 1) bomb = component(nested(bomb));
    refuses(bomb, "COMPONENT_TOO_COMPLEX", /nested/);
  });
  it("refuses instance types nested without end", () => {
    let type = [0x42, 0x00];
    for (let level = 0; level < 5000; level += 1) type = [0x42, 0x01, 0x01, ...type];
    refuses(component(types(type)), "COMPONENT_TOO_COMPLEX", /nested/);
  });
  it("refuses a tuple that doubles with every line", () => {
    const lines = Array.from({ length: 40 }, (_, index) =>
      index === 0 ? tuple([u32Code], [u32Code]) : tuple(leb(index - 1), leb(index - 1)),
    );
    refuses(component(types(...lines)), "COMPONENT_TOO_COMPLEX", /10000 parts/);
  });
  it("refuses options nested without end", () => {
    const lines = Array.from({ length: 5000 }, (_, index) => [
      0x6b,
      ...(index === 0 ? [u32Code] : leb(index - 1)),
    ]);
    refuses(component(types(...lines)), "COMPONENT_TOO_COMPLEX", /deep/);
  });
  it("refuses many functions of one large type", () => {
    const large = tuple(...Array.from({ length: 9000 }, () => [u32Code]));
    const many = Array.from({ length: 20 }, (_, index) => importFunction(`f${index}`, 1));
    refuses(
      component(types(large, functionOf([0x00])), imports(...many)),
      "COMPONENT_TOO_COMPLEX",
      /types that it imports .* 100000 parts/,
    );
  });
  it("refuses many names for types that share a large part, which would be printed with each", () => {
    refuses([...sharingTypes(200, 5_000, "f")], "COMPONENT_TOO_COMPLEX", /types that it .* 100000 parts/);
  });
  it("refuses types whose names are written out too often", () => {
    const long = "n".repeat(400);
    refuses([...sharingTypes(20, 4_000, long)], "COMPONENT_TOO_COMPLEX", /4194304 characters/);
  });
  it("refuses instances in instances without end", () => {
    const bundles = Array.from({ length: 5000 }, (_, index) =>
      index === 0 ? [0x01, 0x00] : [0x01, 0x01, ...externName("a"), 0x05, ...leb(index - 1)],
    );
    refuses(component(instances(...bundles)), "COMPONENT_TOO_COMPLEX", /deep/);
  });
  it("refuses instance types that double with every line, when they are imported", () => {
    const resource = [0x04, ...externName("r"), 0x03, 0x01];
    const lines = Array.from({ length: 50 }, (_, index) =>
      index === 0 ? [0x42, 0x01, ...resource] : [0x42, 0x03, ...twoOf(index - 1)],
    );
    refuses(component(types(...lines)), "COMPONENT_TOO_COMPLEX", /items/);
  });
  it("refuses nested components that instantiate twice as many with every line", () => {
    let bomb = component(types([0x3f, 0x7f, 0x00]), exports([...externName("r"), 0x03, 0x00, 0x00]));
    for (let level = 0; level < 28; level += 1) {
      bomb = component(
        nested(bomb),
        instances([0x00, 0x00, 0x00], [0x00, 0x00, 0x00]),
        exports([...externName("a"), 0x05, 0x00, 0x00], [...externName("b"), 0x05, 0x01, 0x00]),
      );
    }
    refuses(bomb, "COMPONENT_TOO_COMPLEX", /items/);
  });
  it("refuses more functions than code can be generated for", () => {
    const many = (count: number): number[] =>
      component(
        types(emptyFunction),
        imports(...Array.from({ length: count }, (_, index) => importFunction(`f${index}`, 0))),
      );
    assert.doesNotThrow(() => decodeComponent(Uint8Array.from(many(5_000))));
    refuses(many(5_001), "COMPONENT_TOO_COMPLEX", /more than 5000 functions/);
  });
  it("refuses more than a thousand core modules", () => {
    const many = Array.from({ length: 1001 }, () => coreModule(module()));
    refuses(component(...many), "COMPONENT_TOO_COMPLEX", /core modules/);
  });
});

describe("damage", () => {
  const samples = [
    ["imports", ledgerWat],
    ["a resource of its own", counterWat],
    ["composed components", composedWat],
  ] as const;
  for (const [what, wat] of samples) {
    it(`survives ${what} cut at every byte, and refuses all but cuts between sections`, async () => {
      const whole = await assemble(wat);
      let accepted = 0;
      for (let end = 0; end < whole.length; end += 1) {
        survives(whole.subarray(0, end));
        try {
          decodeComponent(whole.subarray(0, end));
          accepted += 1;
        } catch {
          // As it should be.
        }
      }
      assert.ok(accepted < whole.length / 10, `${accepted} of ${whole.length} cuts pass`);
    });
    it(`survives ${what} with any one bit changed`, async () => {
      const whole = await assemble(wat);
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const changed = whole.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        survives(changed);
      }
    });
  }
  it("survives any bytes after a component's start", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        survives(Uint8Array.of(...componentStart, ...bytes));
      }),
      { numRuns: 2000 },
    );
  });
  it("survives any content of any section", () => {
    const anySection = fc.tuple(fc.integer({ min: 0, max: 13 }), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(anySection, { maxLength: 6 }), (sections) => {
        survives(Uint8Array.from(component(...sections.map(([id, content]) => section(id, [...content])))));
      }),
      { numRuns: 3000 },
    );
  });
  it("survives bytes of a real component put elsewhere in it", async () => {
    const whole = await assemble(counterWat);
    const place = fc.integer({ min: 8, max: whole.length - 1 });
    fc.assert(
      fc.property(place, place, fc.integer({ min: 1, max: 30 }), (from, to, length) => {
        const changed = whole.slice();
        changed.set(
          whole.subarray(from, Math.min(from + length, whole.length - to + from, whole.length)),
          to,
        );
        survives(changed);
      }),
      { numRuns: 3000 },
    );
  });
});
