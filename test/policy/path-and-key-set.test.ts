import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import {
  createKeySet,
  createPathTrie,
  normalizeHttpPath,
  normalizePath,
} from "../../runtime/policy/in-worker.js";
import { refuses } from "./fixture.js";

describe("a path below a root", () => {
  it("has one spelling", () => {
    for (const [path, expected] of [
      ["/", "/"],
      ["", "/"],
      [".", "/"],
      ["in", "/in"],
      ["/in/", "/in"],
      ["//in//./a", "/in/a"],
      ["/in/../out", "/out"],
      ["a/b/../../c", "/c"],
      ["/in/...", "/in/..."],
      ["/in/..a", "/in/..a"],
      ["/a\\..\\b", "/a\\..\\b"],
      ["/%2e%2e/a", "/%2e%2e/a"],
      ["/IN", "/IN"],
    ] as const) {
      assert.equal(normalizePath(path), expected, path);
    }
  });

  it("is none if it climbs out at any point, or holds what no file name can", () => {
    for (const path of ["..", "/..", "/../in", "in/../..", "a/../../a", "/in/../../in", "a\0b", "\ud800"]) {
      assert.equal(normalizePath(path), undefined, JSON.stringify(path));
    }
  });

  it("stays as it is when normalised again", () => {
    const segment = fc.constantFrom("a", "..", ".", "", "b", "...");
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const once = normalizePath(segments.join("/"));
        if (once !== undefined) assert.equal(normalizePath(once), once);
      }),
    );
  });
});

describe("the path of a request", () => {
  it("is decoded once", () => {
    for (const [path, expected] of [
      ["/v1/a%20b", "/v1/a b"],
      ["/v1/%41", "/v1/A"],
      ["/v1/%c3%a9", "/v1/é"],
      ["/v1/%2541", "/v1/%41"],
      ["/v1/x?y=/../..%2f", "/v1/x"],
      ["/v1/../admin", "/admin"],
      ["/v1/%2e%2E/admin", "/admin"],
      ["//admin", "/admin"],
      ["/", "/"],
    ] as const) {
      assert.equal(normalizeHttpPath(path), expected, path);
    }
  });

  for (const path of [
    "",
    "admin",
    "*",
    "http://a/b",
    "/a%2fb",
    "/a%2Fb",
    "/a%5cb",
    "/a\\b",
    "/a%00",
    "/a\0",
    "/a\r\nHost: x",
    "/a#b",
    "/..",
    "/%2e%2e",
    "/v1/../../x",
    "/v1/%252e%252e/x",
    "/v1/%252fx",
    "/v1/%255cx",
    "/v1/..;/admin",
    "/v1/..;x=1/admin",
    "/v1/.;/admin",
    "/%c0%ae%c0%ae/x",
    "/%ff",
    "/%",
    "/%zz",
    "/%ed%a0%80",
  ]) {
    it(`is none where servers could differ: ${JSON.stringify(path)}`, () =>
      assert.equal(normalizeHttpPath(path), undefined));
  }
});

describe("a set of path prefixes", () => {
  const set = createPathTrie(["/in", "/in/a/b", "/v1/"]);

  it("covers a prefix and what is below it, by whole segments", () => {
    for (const path of ["/in", "/in/x", "/in/a/b/c"]) assert.equal(set.order(path), 0, path);
    for (const path of ["/v1", "/v1/x"]) assert.equal(set.order(path), 2, path);
    for (const path of ["/", "/inside", "/i", "/IN", "/in2/x", "/v", "/v12", "/x/in"])
      assert.equal(set.order(path), -1, path);
  });

  it("covers no other spelling than the normalised one", () => {
    for (const path of ["in", "in/x", "/in/", "/in//x", "/in/.", "/in/../out", "/in/../../etc", "", "//in"]) {
      assert.equal(set.order(path), -1, path);
    }
  });

  it("knows no segment that it was not given", () => {
    for (const path of ["/__proto__", "/constructor", "/in2/__proto__"])
      assert.equal(set.has(path), false, path);
    assert.equal(createPathTrie(["/__proto__"]).order("/__proto__/x"), 0);
  });

  it("of the root covers everything", () => assert.equal(createPathTrie(["/"]).order("/a/b"), 0));

  for (const prefix of ["", "in", "./in", "/in/..", "/../in", "/in/./a", "/a\0"]) {
    it(`refuses the prefix ${JSON.stringify(prefix)}`, () =>
      refuses(() => createPathTrie([prefix]), "POLICY_PATTERN_INVALID"));
  }
});

describe("a set of keys", () => {
  const set = createKeySet(["REGION", "APP_*", "APP_DB_*", { pattern: "APP_DB_URL", order: 0 }]);

  it("covers keys, and beginnings of keys", () => {
    assert.deepEqual(
      ["REGION", "APP_", "APP_X", "APP_DB_X", "APP_DB_URL"].map((key) => set.order(key)),
      [0, 1, 1, 1, 0],
    );
  });

  it("does not cover what looks alike", () => {
    for (const key of [
      "region",
      "REGION ",
      "REGION_2",
      "APP",
      "app_x",
      "",
      "*",
      "__proto__",
      "constructor",
      "=REGION",
      "^APP_",
      "REGIO",
    ]) {
      assert.equal(set.order(key), -1, key);
    }
  });

  it("takes a star in a key as a star", () => {
    assert.equal(createKeySet(["APP_*"]).order("APP_*"), 0);
    assert.equal(createKeySet(["APP_*"]).order("*"), -1);
    assert.equal(createKeySet(["*"]).order("__proto__"), 0);
  });

  for (const pattern of ["", "A*B", "*A", "**"]) {
    it(`refuses the pattern '${pattern}'`, () =>
      refuses(() => createKeySet([pattern]), "POLICY_PATTERN_INVALID"));
  }
});
