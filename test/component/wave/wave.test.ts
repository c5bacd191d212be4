import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { formatWave, parseWave, toJson } from "../../../runtime/component/wave/index.js";
import type { ValueType } from "../../../runtime/component/wit-types.js";
import { isWrunError } from "../../../runtime/errors/index.js";

const u8: ValueType = { kind: "u8" };
const u32: ValueType = { kind: "u32" };
const text: ValueType = { kind: "string" };
const point: ValueType = {
  kind: "record",
  fields: [
    { name: "x-pos", type: { kind: "s32" } },
    { name: "label", type: { kind: "option", type: text } },
  ],
};
const shape: ValueType = {
  kind: "variant",
  cases: [
    { name: "dot", type: undefined },
    { name: "circle", type: { kind: "f64" } },
    { name: "err", type: text },
  ],
};
const status: ValueType = { kind: "enum", cases: ["ok", "not-found"] };
const rights: ValueType = { kind: "flags", names: ["read", "write-all", "none"] };
const optional = (type: ValueType): ValueType => ({ kind: "option", type });
const list = (element: ValueType): ValueType => ({ kind: "list", element });
const result = (ok?: ValueType, err?: ValueType): ValueType => ({ kind: "result", ok, err });

const readings: readonly (readonly [ValueType, string, unknown])[] = [
  [{ kind: "bool" }, "true", true],
  [{ kind: "bool" }, " false // so", false],
  [u8, "255", 255],
  [{ kind: "s8" }, "-128", -128],
  [{ kind: "u64" }, "18446744073709551615", 18446744073709551615n],
  [{ kind: "s64" }, "-9223372036854775808", -9223372036854775808n],
  [{ kind: "f64" }, "6.022e+23", 6.022e23],
  [{ kind: "f64" }, "-0", -0],
  [{ kind: "f64" }, "nan", Number.NaN],
  [{ kind: "f64" }, "-inf", Number.NEGATIVE_INFINITY],
  [{ kind: "f32" }, "0.1", Math.fround(0.1)],
  [{ kind: "char" }, "'x'", "x"],
  [{ kind: "char" }, "'\\''", "'"],
  [{ kind: "char" }, "'\"'", '"'],
  [{ kind: "char" }, "'\\u{1F600}'", "😀"],
  [{ kind: "char" }, "'😀'", "😀"],
  [text, '"abc\\t123\\u{0}"', "abc\t123\0"],
  [text, '"// no comment"', "// no comment"],
  [list(u8), "[1, 2,3,]", Uint8Array.of(1, 2, 3)],
  [list(text), '["a"]', ["a"]],
  [list(u32), "[]", []],
  [{ kind: "tuple", items: [u8, text] }, '(1, "a",)', [1, "a"]],
  [point, "{x-pos: -1}", { xPos: -1, label: undefined }],
  [point, '{label: "a", %x-pos: 2,}', { xPos: 2, label: "a" }],
  [{ kind: "record", fields: [{ name: "a", type: optional(u8) }] }, "{:}", { a: undefined }],
  [shape, "dot", { tag: "dot" }],
  [shape, "circle(1.5)", { tag: "circle", val: 1.5 }],
  [shape, '%err("e")', { tag: "err", val: "e" }],
  [status, "%ok", "ok"],
  [status, "not-found", "not-found"],
  [rights, "{write-all, read,}", { read: true, writeAll: true, none: false }],
  [rights, "{}", { read: false, writeAll: false, none: false }],
  [rights, "{none}", { read: false, writeAll: false, none: true }],
  [optional(u8), "none", undefined],
  [optional(u8), "3", 3],
  [optional(u8), "some(3)", 3],
  [optional(optional(u8)), "none", { tag: "none" }],
  [optional(optional(u8)), "some(none)", { tag: "some", val: undefined }],
  [optional(optional(u8)), "some(3)", { tag: "some", val: 3 }],
  [optional(optional(optional(u8))), "none", undefined],
  [optional(optional(optional(u8))), "some(none)", { tag: "none" }],
  [optional(optional(optional(u8))), "some(some(none))", { tag: "some", val: undefined }],
  [optional(optional(optional(u8))), "some(some(3))", { tag: "some", val: 3 }],
  [result(u8, text), "3", { tag: "ok", val: 3 }],
  [result(u8, text), "ok(3)", { tag: "ok", val: 3 }],
  [result(u8, text), 'err("e")', { tag: "err", val: "e" }],
  [result(), "ok", { tag: "ok", val: undefined }],
  [result(undefined, text), "ok", { tag: "ok", val: undefined }],
];

const refusals: readonly (readonly [ValueType, string, number, RegExp])[] = [
  [{ kind: "bool" }, "yes", 1, /expected true or false, found 'yes'/],
  [u8, "256", 1, /not in the range of u8, 0 to 255/],
  [u8, "-1", 1, /range/],
  [u8, "01", 1, /decimal/],
  [u8, "0x1", 1, /decimal/],
  [u8, "1.0", 1, /decimal/],
  [u8, "1".repeat(100_000), 1, /range/],
  [{ kind: "u64" }, "18446744073709551616", 1, /range/],
  [{ kind: "f64" }, "1e999", 1, /too large/],
  [{ kind: "f32" }, "1e39", 1, /too large/],
  [{ kind: "f64" }, ".5", 1, /number/],
  [{ kind: "char" }, "''", 2, /missing/],
  [{ kind: "char" }, "'ab'", 2, /more than one/],
  [{ kind: "char" }, "'\\u{D800}'", 2, /Unicode/],
  [{ kind: "char" }, "'\\u{110000}'", 2, /Unicode/],
  [text, '"a', 2, /closing/],
  [text, '"a\\x41"', 3, /unknown escape/],
  [text, '"a\nb"', 3, /line break/],
  [text, '"\ud800"', 2, /surrogate/],
  [list(u8), "[1 2]", 4, /',' or '\]'/],
  [list(u8), "[,]", 2, /decimal/],
  [{ kind: "tuple", items: [u8, u8] }, "(1)", 4, /2 items, only 1/],
  [{ kind: "tuple", items: [u8] }, "(1, 2)", 5, /one more/],
  [point, "{x: 1}", 2, /no field x; the fields are x-pos, label/],
  [point, "{x-pos: 1, x-pos: 2}", 12, /twice/],
  [point, "{}", 3, /x-pos is missing/],
  [shape, "square", 1, /no case square; there are dot, circle, err/],
  [shape, "circle", 7, /expected '\('/],
  [shape, 'err("e")', 1, /write %err/],
  [status, "ok", 1, /write %ok/],
  [rights, "{exec}", 2, /no flag exec/],
  [rights, "{read, read}", 8, /twice/],
  [optional(optional(u8)), "3", 1, /some\(…\) or none/],
  [optional(result(u8)), "3", 1, /some\(…\) or none/],
  [result(result(u8)), "3", 1, /ok or err/],
  [{ kind: "own", resource: { name: "file", interface: undefined } }, "3", 1, /file cannot be written/],
  [u8, "1 2", 3, /end of the value/],
  [u8, "", 1, /decimal/],
];

function refusedAt(run: () => unknown, column: number, cause: RegExp): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(isWrunError(error), String(error));
    assert.equal(error.code, "WAVE_SYNTAX");
    assert.match(error.message, cause);
    assert.equal(error.details["column"], column, error.message);
    return true;
  });
}

describe("reading WAVE", () => {
  for (const [type, wave, value] of readings) {
    it(`reads ${JSON.stringify(wave)} as ${type.kind}`, () => {
      assert.deepStrictEqual(parseWave(type, wave), value);
    });
  }
  for (const [type, wave, column, cause] of refusals) {
    it(`refuses ${JSON.stringify(wave.slice(0, 30))} as ${type.kind}`, () => {
      refusedAt(() => parseWave(type, wave), column, cause);
    });
  }
  it("keeps names that every object has as fields of the record", () => {
    const type: ValueType = { kind: "record", fields: [{ name: "constructor", type: optional(u8) }] };
    assert.equal(formatWave(type, {}), "{:}");
    assert.deepStrictEqual(parseWave(type, "{constructor: 1}"), { constructor: 1 });
  });
});

function json(type: ValueType, wave: string): unknown {
  return toJson(type, parseWave(type, wave));
}

describe("printing", () => {
  it("escapes what would steer a terminal or end the literal", () => {
    assert.equal(formatWave(text, 'a"\\\n\u001b[2J\u202e'), '"a\\"\\\\\\n\\u{1b}[2J\\u{202e}"');
  });
  it("prints a single-precision number as short as it can be", () => {
    assert.equal(formatWave({ kind: "f32" }, Math.fround(0.1)), "0.1");
  });
  it("refuses a value that is not of the type", () => {
    for (const [type, value] of [
      [u8, 256],
      [u8, "1"],
      [u8, 1.5],
      [text, 1],
      [status, "other"],
      [shape, { tag: "other" }],
      [{ kind: "tuple", items: [u8, u8] }, [1]],
      [list(u8), null],
      [result(u8), 3],
    ] as const satisfies readonly (readonly [ValueType, unknown])[]) {
      assert.throws(
        () => formatWave(type, value),
        (error) => isWrunError(error) && error.code === "WAVE_VALUE",
      );
      assert.throws(
        () => toJson(type, value),
        (error) => isWrunError(error) && error.code === "WAVE_VALUE",
      );
    }
  });
  it("makes JSON of every kind of value", () => {
    assert.deepEqual(json({ kind: "u64" }, "18446744073709551615"), "18446744073709551615");
    assert.deepEqual(json({ kind: "f64" }, "nan"), "nan");
    assert.deepEqual(json(point, "{x-pos: 1}"), { "x-pos": 1, label: null });
    assert.deepEqual(json(shape, "circle(1.5)"), { tag: "circle", val: 1.5 });
    assert.deepEqual(json(shape, "dot"), { tag: "dot" });
    assert.deepEqual(json(rights, "{read, none}"), ["read", "none"]);
    assert.deepEqual(json(optional(optional(u8)), "some(none)"), { some: null });
    assert.deepEqual(json(optional(optional(u8)), "none"), null);
    assert.deepEqual(json(result(u8, text), 'err("e")'), { err: "e" });
    assert.deepEqual(json(result(), "ok"), { ok: null });
    assert.deepEqual(json(list(u8), "[1]"), [1]);
  });
});

const primitives = [
  "bool",
  "s8",
  "u8",
  "s16",
  "u16",
  "s32",
  "u32",
  "s64",
  "u64",
  "f32",
  "f64",
  "char",
  "string",
];
const labels = fc.uniqueArray(
  fc.constantFrom("a", "b-c", "ok", "err", "none", "some", "true", "nan", "x1-y2", "HTTP-get"),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const anyType: fc.Arbitrary<ValueType> = fc.letrec<{ type: ValueType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...primitives).map((kind) => ({ kind }) as ValueType),
    labels.map((cases): ValueType => ({ kind: "enum", cases })),
    labels.map((names): ValueType => ({ kind: "flags", names })),
    tie("type").map((element): ValueType => ({ kind: "list", element })),
    tie("type").map((type): ValueType => ({ kind: "option", type })),
    fc
      .array(tie("type"), { minLength: 1, maxLength: 3 })
      .map((items): ValueType => ({ kind: "tuple", items })),
    fc.tuple(labels, fc.array(tie("type"), { minLength: 4, maxLength: 4 })).map(
      ([names, types]): ValueType => ({
        kind: "record",
        fields: names.map((name, index) => ({ name, type: types[index] ?? u8 })),
      }),
    ),
    fc
      .tuple(labels, fc.array(fc.option(tie("type"), { nil: undefined }), { minLength: 4, maxLength: 4 }))
      .map(
        ([names, types]): ValueType => ({
          kind: "variant",
          cases: names.map((name, index) => ({ name, type: types[index] })),
        }),
      ),
    fc
      .tuple(fc.option(tie("type"), { nil: undefined }), fc.option(tie("type"), { nil: undefined }))
      .map(([ok, err]): ValueType => ({ kind: "result", ok, err })),
  ),
})).type;

/** Texts in WAVE that a type has, made independently of the printer. */
function textOf(type: ValueType): fc.Arbitrary<string> {
  switch (type.kind) {
    case "bool":
      return fc.constantFrom("true", "false");
    case "f32":
      return fc
        .float()
        .map((value) =>
          Number.isFinite(value) ? String(value) : value > 0 ? "inf" : value < 0 ? "-inf" : "nan",
        );
    case "f64":
      return fc
        .double()
        .map((value) =>
          Number.isFinite(value) ? String(value) : value > 0 ? "inf" : value < 0 ? "-inf" : "nan",
        );
    case "char":
      return fc.constantFrom("'a'", "'\\n'", "'\\u{1F600}'", "'\\''", "'😀'");
    case "string":
      return fc
        .string({ unit: "grapheme" })
        .map((value) =>
          JSON.stringify(value).replaceAll(/\\u([0-9a-f]{4})|\\[bf]/g, (all, hex: string | undefined) =>
            hex ? `\\u{${hex}}` : all === "\\b" ? "\\u{8}" : "\\u{c}",
          ),
        );
    case "enum":
      return fc.constantFrom(...type.cases).map((name) => `%${name}`);
    case "flags":
      return fc.subarray([...type.names]).map((names) => `{${names.join(",")}}`);
    case "list":
      return fc.array(textOf(type.element), { maxLength: 3 }).map((items) => `[${items.join(" , ")}]`);
    case "option":
      return fc.oneof(
        fc.constant("none"),
        textOf(type.type).map((inner) => `some(${inner})`),
      );
    case "tuple":
      return fc.tuple(...type.items.map(textOf)).map((items) => `(${items.join(",")},)`);
    case "record":
      return fc
        .tuple(...type.fields.map((field) => textOf(field.type).map((inner) => `${field.name}: ${inner}`)))
        .map((fields) => `{${fields.join(", ")}}`);
    case "variant":
      return fc.oneof(
        ...type.cases.map((one) =>
          one.type === undefined
            ? fc.constant(`%${one.name}`)
            : textOf(one.type).map((inner) => `%${one.name}(${inner})`),
        ),
      );
    case "result":
      return fc.oneof(
        type.ok === undefined ? fc.constant("ok") : textOf(type.ok).map((inner) => `ok(${inner})`),
        type.err === undefined ? fc.constant("err") : textOf(type.err).map((inner) => `err(${inner})`),
      );
    case "own":
    case "borrow":
      return fc.constant("never");
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "s64":
    case "u64": {
      const bits = Number(type.kind.slice(1));
      const signed = type.kind.startsWith("s");
      const range = signed
        ? { min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n }
        : { min: 0n, max: 2n ** BigInt(bits) - 1n };
      return fc.bigInt(range).map(String);
    }
    default:
      return type satisfies never;
  }
}

describe("WAVE, there and back", () => {
  it("prints what it read so that it reads the same again", () => {
    const typeAndText = anyType.chain((type) => fc.tuple(fc.constant(type), textOf(type)));
    fc.assert(
      fc.property(typeAndText, ([type, wave]) => {
        const value = parseWave(type, wave);
        const printed = formatWave(type, value);
        assert.deepStrictEqual(parseWave(type, printed), value, `${wave} was printed as ${printed}`);
        assert.equal(formatWave(type, parseWave(type, printed)), printed);
        assert.doesNotThrow(() => JSON.stringify(toJson(type, value)));
      }),
      { numRuns: 1000 },
    );
  });
  it("answers any text with a value or an error that names a column", () => {
    fc.assert(
      fc.property(
        anyType,
        fc.string({ unit: fc.constantFrom(...Array.from("{}[]()'\"\\,:%-19.eE some none ok err u{a}\n/")) }),
        (type, wave) => {
          try {
            parseWave(type, wave);
          } catch (error) {
            assert.ok(isWrunError(error) && error.code === "WAVE_SYNTAX", String(error));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
