import assert from "node:assert/strict";
import { test } from "vitest";
import { z } from "zod";
import { keyvalueGrant, type KeyvalueGrant } from "../../../host-interfaces/keyvalue/index.js";
import type { RuleEffect } from "../../../runtime/policy/types.js";

const compile = (effect: RuleEffect, ...grants: KeyvalueGrant[]) =>
  keyvalueGrant.compile(
    grants.map((grant, order) => ({ grant, order })),
    effect,
  );

test("a grant covers its bucket, its keys and its kinds of access, and nothing beside them", () => {
  const find = compile("allow", { bucket: "notes", keys: ["a/*", "b"], access: ["read"] });
  assert.equal(find({ bucket: "notes", key: "a/1", access: "read" }), 0);
  assert.equal(find({ bucket: "notes", key: "b", access: "read" }), 0);
  assert.equal(find({ bucket: "notes", key: "b/1", access: "read" }), -1);
  assert.equal(find({ bucket: "notes", key: "a", access: "read" }), -1);
  assert.equal(find({ bucket: "notes", key: "a/1", access: "write" }), -1);
  assert.equal(find({ bucket: "Notes", key: "a/1", access: "read" }), -1);
  assert.equal(find({ bucket: "__proto__", key: "constructor", access: "read" }), -1);
  assert.equal(find({ bucket: "notes", access: "open" }), 0);
  assert.equal(find({ bucket: "other", access: "open" }), -1);
  assert.equal(find({ bucket: "notes", access: "list" }), -1);
});

test("the earliest grant decides", () => {
  const find = compile(
    "allow",
    { bucket: "notes", access: ["read"], keys: ["a*"] },
    { bucket: "notes", access: ["read"] },
  );
  assert.equal(find({ bucket: "notes", key: "a", access: "read" }), 0);
  assert.equal(find({ bucket: "notes", key: "b", access: "read" }), 1);
});

test("a denial of some keys hides those keys and leaves the bucket to be opened and listed", () => {
  const find = compile("deny", {
    bucket: "notes",
    keys: ["secret/*"],
    access: ["read", "write", "delete", "list"],
  });
  assert.equal(find({ bucket: "notes", key: "secret/1", access: "list" }), 0);
  assert.equal(find({ bucket: "notes", access: "list" }), -1);
  assert.equal(find({ bucket: "notes", access: "open" }), -1);
  const all = compile("deny", { bucket: "notes", access: ["read", "write", "delete", "list"] });
  assert.equal(all({ bucket: "notes", access: "open" }), 0);
});

test("an unknown key, access or pattern is refused", () => {
  for (const bad of [
    { bucket: "n", access: ["admin"] },
    { bucket: "n", access: [] },
    { bucket: "n" },
    { bucket: "", access: ["read"] },
    { bucket: "*", access: ["read"] },
    { bucket: "team-*", access: ["read"] },
    { bucket: "n", access: ["read"], keys: ["a*b"] },
    { bucket: "n", access: ["read"], key: "a" },
  ]) {
    assert.equal(keyvalueGrant.schema(z).safeParse(bad).success, false, JSON.stringify(bad));
  }
});

test("the suggested line is one that the schema accepts and that covers the facts", () => {
  const site = { interface: "wasi:keyvalue/store", function: "open" };
  assert.equal(
    keyvalueGrant.suggest(site, { bucket: "notes", key: "a: b", access: "read" }),
    'keyvalue: [{ bucket: "notes", keys: ["a: b"], access: [read] }]',
  );
});
