import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { isCompatible } from "../../runtime/sandbox/admission/interface-version.js";

describe("an imported interface's version", () => {
  it("fits every release of the same minor below 1.0.0, older or newer", () => {
    for (const wanted of ["0.2.0", "0.2.6", "0.2.12", "0.2.99"])
      assert.ok(isCompatible(wanted, "0.2.12"), wanted);
  });

  it("fits every release of the same major from 1.0.0 on", () => {
    assert.ok(isCompatible("1.0.0", "1.4.2"));
    assert.ok(!isCompatible("2.0.0", "1.4.2"));
  });

  it("fits no other minor below 1.0.0", () => {
    for (const wanted of ["0.1.0", "0.3.0", "1.2.0"]) assert.ok(!isCompatible(wanted, "0.2.12"), wanted);
  });

  it("fits a draft only if it is that very draft", () => {
    assert.ok(isCompatible("0.2.0-draft2", "0.2.0-draft2"));
    for (const wanted of ["0.2.0-draft", "0.2.0", "0.2.1-draft2"])
      assert.ok(!isCompatible(wanted, "0.2.0-draft2"), wanted);
    assert.ok(!isCompatible("0.2.0-rc-2023-11-10", "0.2.12"));
  });

  it("does not fit if it is not a version", () => {
    for (const wanted of ["", "0.2", "latest", "0.2.x"]) assert.ok(!isCompatible(wanted, "0.2.12"), wanted);
  });
});
