import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { policyOf, refuses } from "./fixture.js";

describe("how a policy has requests served", () => {
  it("is a run for each request unless it says otherwise", () => {
    assert.deepEqual(policyOf("").manifest.serve, {
      instances: "per-request",
      requestsPerInstance: 10_000,
      concurrency: 16,
      perClient: 8,
      requestBody: 67_108_864,
      stallMs: 30_000,
    });
  });

  it("is read in full", () => {
    const text =
      "serve: { instances: reused, requestsPerInstance: 5, concurrency: 2, requestBody: 1 MiB, stall: 5s }";
    assert.deepEqual(policyOf(text).manifest.serve, {
      instances: "reused",
      requestsPerInstance: 5,
      concurrency: 2,
      perClient: 1,
      requestBody: 1_048_576,
      stallMs: 5000,
    });
  });

  it("lets one client have half of the requests, and at least one, unless it says otherwise", () => {
    const perClient = (serve: string): number => policyOf(`serve: { ${serve} }`).manifest.serve.perClient;
    assert.deepEqual(
      ["concurrency: 1", "concurrency: 7", "concurrency: 7, perClient: 7"].map(perClient),
      [1, 3, 7],
    );
  });

  for (const [text, code, ...parts] of [
    ["serve: { instance: reused }", "POLICY_KEY_UNKNOWN", '"instance" in serve', 'did you mean "instances"'],
    ["serve: { instances: shared }", "POLICY_VALUE_INVALID", "serve.instances"],
    ["serve: { concurrency: 0 }", "POLICY_VALUE_INVALID", "serve.concurrency", "from 1 to 1024"],
    ["serve: { stall: 1ms }", "POLICY_VALUE_INVALID", "serve.stall"],
    ["serve: { perClient: 0 }", "POLICY_VALUE_INVALID", "serve.perClient", "from 1 to 1024"],
    ["serve: { requestBody: 5 parsecs }", "POLICY_VALUE_INVALID", "serve.requestBody"],
    ["serve: { requestsPerInstance: 5 }", "POLICY_VALUE_INVALID", "serve: has requestsPerInstance"],
    ["serve: reused", "POLICY_VALUE_INVALID", "serve"],
  ] as const) {
    it(`is refused as '${text}'`, () => refuses(() => policyOf(text), code, ...parts));
  }
});
