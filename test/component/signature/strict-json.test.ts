import assert from "node:assert/strict";
import { test } from "vitest";
import * as fc from "fast-check";
import { parseStrictJson } from "../../../runtime/component/signature/strict-json.js";

const parse = (text: string) => parseStrictJson(Buffer.from(text));

test("JSON without duplicate keys reads as it does elsewhere", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      // A generated object can have a key only once; JSON.parse keeps `__proto__` as a key of its own.
      assert.deepEqual(parse(text), JSON.parse(text));
    }),
  );
});

test("a key that appears twice in one object is refused, however deep and however it is spelled", () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"a":1,"\\u0061":2}',
    '[{"x":{"a":1,"a":2}}]',
    '{"":1,"":2}',
    '{"a\\"":1,"a\\"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":{},"b":[],"a":"}"}',
    '{ "a" : 1 , "a" : 2 }',
  ]) {
    assert.throws(() => parse(text), SyntaxError, text);
  }
});

test("the same key in different objects, and strings that look like keys, are accepted", () => {
  for (const text of [
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
    '["a","a"]',
    '{"a":"\\"a\\":1,","b":"{\\"a\\":"}',
    '{"a":["a","b"],"b":1}',
  ]) {
    assert.deepEqual(parse(text), JSON.parse(text));
  }
});

test("bytes that are not UTF-8, and a byte order mark, are refused", () => {
  assert.throws(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22])));
  assert.throws(() => parse('\ufeff{"a":1}'));
});
