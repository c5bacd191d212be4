import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { test } from "vitest";
import { fileErrorCode, translated } from "../../../host-interfaces/filesystem/error-code.js";
import { witErrorOf } from "../wit-error.js";

const wit = readFileSync(
  new URL("../../../../wit/deps/wasi-filesystem-0.2.12/package.wit", import.meta.url),
  "utf8",
);
const witCodes = new Set(
  (/enum error-code \{([^}]*)\}/.exec(wit)?.[1] ?? "")
    .match(/^\s*[a-z-]+(?=,)/gm)
    ?.map((code) => code.trim()),
);

const failure = (code: string): Error => Object.assign(new Error("of the host"), { code });

test("every error number of the host that has a WIT code gets one that the interface defines", () => {
  assert.equal(witCodes.size, 37);
  const mapped = Object.keys(constants.errno).filter((name) => fileErrorCode(failure(name)) !== undefined);
  assert.ok(mapped.length >= 30);
  for (const name of mapped) assert.ok(witCodes.has(fileErrorCode(failure(name)) ?? ""), name);
  assert.equal(fileErrorCode(failure("EACCES")), "access");
  assert.equal(fileErrorCode(failure("ENOSPC")), "insufficient-space");
  assert.equal(fileErrorCode(failure("EROFS")), "read-only");
});

const throwing = (error: unknown) => () =>
  translated(() => {
    throw error;
  });

test("an error that is no error of the file system is not passed off as one", () => {
  assert.equal(witErrorOf(throwing(failure("EIO"))), "io");
  for (const fault of [new TypeError("x"), failure("ERR_INVALID_ARG_TYPE"), failure("toString")]) {
    assert.throws(throwing(fault), (error) => error === fault);
  }
});
