import assert from "node:assert/strict";
import { test } from "vitest";
import { logLimits, loggingPackage } from "../../../host-interfaces/logging/index.js";
import { openPackage } from "../http/opened-package.js";
import { contextWith } from "../instance-context.js";

test("an entry reaches the run's log as the guest wrote it", async () => {
  const entries: unknown[] = [];
  const logging = await openPackage(
    loggingPackage,
    contextWith({ log: (entry) => void entries.push(entry) }),
  );
  logging.call("logging", "log", "warn", "app", "a\u001b[31m line");
  assert.deepEqual(entries, [{ level: "warn", context: "app", message: "a\u001b[31m line" }]);
});

test("what is too long is cut short without splitting a character, and says so", async () => {
  const entries: { message: string }[] = [];
  const logging = await openPackage(
    loggingPackage,
    contextWith({ log: (entry) => void entries.push(entry) }),
  );
  logging.call("logging", "log", "info", "", `${"x".repeat(logLimits.message - 1)}😀😀`);
  const [entry] = entries;
  assert.ok(entry !== undefined && entry.message.length < logLimits.message + 32);
  assert.equal(Buffer.from(entry.message).toString("utf8"), entry.message);
  assert.match(entry.message, /x… \(4 more\)$/);
});
