import assert from "node:assert/strict";
import { test } from "vitest";
import { cliPackage } from "../../../host-interfaces/cli/index.js";
import { clocksPackage } from "../../../host-interfaces/clocks.js";
import { filesystemPackage } from "../../../host-interfaces/filesystem/index.js";
import { ioPackage } from "../../../host-interfaces/io/index.js";
import { randomPackage } from "../../../host-interfaces/random.js";
import { openHostFunction } from "../../../runtime/sandbox/host-function.js";
import type { HostPackage } from "../../../runtime/sandbox/host-package.js";
import { prepareGuest } from "./call-host.js";
import { witFunctions } from "./wit-functions.js";

/** Exports of a guest, which no host implements. */
const exported = new Set(["run"]);

const packages: readonly (readonly [string, HostPackage, number])[] = [
  ["cli", cliPackage, 11],
  ["clocks", clocksPackage, 8],
  ["random", randomPackage, 5],
  ["io", ioPackage, 19],
  ["filesystem", filesystemPackage, 30],
];

for (const [name, hostPackage, count] of packages) {
  test(`wasi:${name} has every function of its WIT and no other`, async () => {
    const { functions } = await prepareGuest(hostPackage, {});
    let seen = 0;
    for (const [interfaceName, expected] of witFunctions(name)) {
      if (exported.has(interfaceName)) continue;
      assert.ok(hostPackage.interfaces[interfaceName] !== undefined, `${interfaceName} is declared`);
      assert.deepEqual(Object.keys(functions[interfaceName] ?? {}).sort(), [...expected].sort());
      seen += expected.size;
    }
    assert.equal(seen, count);
    assert.deepEqual(Object.keys(functions).sort(), Object.keys(hostPackage.interfaces).sort());
  });

  test(`every function of wasi:${name} is sealed, so that only the gate can call it`, async () => {
    const { functions } = await prepareGuest(hostPackage, {});
    for (const handle of Object.values(functions).flatMap((group) => Object.values(group))) {
      assert.equal(typeof handle, "object");
      assert.deepEqual(Reflect.ownKeys(handle), []);
      assert.equal(typeof openHostFunction(handle).call, "function");
    }
  });
}

test("every function on a file or a path is decided on what it touches", async () => {
  const { functions } = await prepareGuest(filesystemPackage, {});
  const withoutFacts = Object.entries(functions["types"] ?? {})
    .filter(([, handle]) => openHostFunction(handle).facts === undefined)
    .map(([name]) => name);
  assert.deepEqual(withoutFacts.sort(), [
    "[method]descriptor.get-flags",
    "[method]descriptor.get-type",
    "[method]descriptor.is-same-object",
    "[method]directory-entry-stream.read-directory-entry",
    "filesystem-error-code",
  ]);
});
