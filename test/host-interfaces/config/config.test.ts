import assert from "node:assert/strict";
import { test } from "vitest";
import { configGrant, configPackage } from "../../../host-interfaces/config/index.js";
import { openPackage } from "../http/opened-package.js";
import { contextWith } from "../instance-context.js";

test("get-all shows only the keys that the policy permits", async () => {
  const find = configGrant.compile(
    [
      { grant: "region", order: 0 },
      { grant: "limits.*", order: 1 },
    ],
    "allow",
  );
  const config = await openPackage(
    configPackage,
    contextWith({
      config: { region: "eu", password: "x", "limits.max": "3" },
      permits: (_site, facts) => find(facts) >= 0,
    }),
  );
  assert.deepEqual(config.call("store", "get-all"), [
    ["region", "eu"],
    ["limits.max", "3"],
  ]);
  assert.equal(find(config.facts("store", "get-all")[0] as Record<string, string>), 0);
  assert.equal(find(config.facts("store", "get", "password")[0] as Record<string, string>), -1);
});

test("a key that nobody set is none, also where an object would have an inherited one", async () => {
  const config = await openPackage(configPackage, contextWith({ config: { region: "eu" } }));
  for (const key of ["__proto__", "constructor", "toString", "", "Region"]) {
    assert.equal(config.call("store", "get", key), undefined);
  }
  assert.equal(config.call("store", "get", "region"), "eu");
});

test("a denied read is an error of the interface", async () => {
  const config = await openPackage(configPackage, contextWith());
  assert.deepEqual(config.definition("store", "get").denied, {
    error: { tag: "upstream", val: "access denied" },
  });
});

test("a denial of one key leaves the list, a denial of all takes it away", () => {
  const one = configGrant.compile([{ grant: "region", order: 0 }], "deny");
  assert.equal(one({ keys: "listed" }), -1);
  assert.equal(one({ key: "region" }), 0);
  const all = configGrant.compile([{ grant: "*", order: 0 }], "deny");
  assert.equal(all({ keys: "listed" }), 0);
});
