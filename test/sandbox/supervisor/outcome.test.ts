import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { GuestEnding } from "../../../runtime/sandbox/supervisor/guest.js";
import {
  type RunOutcome,
  sealReason,
  signalOf,
  toOutcome,
} from "../../../runtime/sandbox/supervisor/outcome.js";
import type { TrustSignal, TrustSignalKind } from "../../../runtime/trust/types.js";

type Result = GuestEnding["result"];

function ending(result: Result, stoppedBy?: TrustSignal, stoppedInMs?: number): GuestEnding {
  return { result, calls: undefined, stoppedBy, stoppedInMs };
}

const fault: Result = { kind: "ended", end: { kind: "fault", reason: "unreachable" } };

interface Row {
  readonly result: Result;
  readonly outcome: RunOutcome;
  /** What the enforcement record says; undefined where nothing was enforced. */
  readonly enforced?: { readonly kind: string; readonly detail: string };
}

const violation = { kind: "violation", rule: "r1", reason: "no" } as const;
const stale = "the freshness deadline passed and the supervisor had not renewed it";

const endings: Readonly<Record<string, Row>> = {
  "a command that ends well": {
    result: { kind: "exited", code: 0 },
    outcome: { kind: "exited", exitCode: 0 },
  },
  "a command that ends with a code of its own": {
    result: { kind: "exited", code: 77 },
    outcome: { kind: "exited", exitCode: 77 },
  },
  "a function that returns": {
    result: { kind: "returned", wave: "ok(7)", json: { ok: 7 } },
    outcome: { kind: "returned", exitCode: 0, wave: "ok(7)", json: '{"ok":7}' },
  },
  "a function that returns nothing": {
    result: { kind: "returned", wave: "", json: null },
    outcome: { kind: "returned", exitCode: 0, wave: "", json: "null" },
  },
  "a component that cannot be started": {
    result: { kind: "refused", code: "EXPORT_UNKNOWN", message: "m", next: "n", exitCode: 111 },
    outcome: { kind: "refused", exitCode: 111, code: "EXPORT_UNKNOWN", detail: "m", next: "n" },
  },
  "a gate that finds trust gone": {
    result: { kind: "ended", end: { kind: "untrusted" } },
    outcome: { kind: "stopped", exitCode: 116, signal: "stale", detail: stale, stoppedInMs: null },
    enforced: { kind: "untrusted", detail: stale },
  },
  "a rule that traps": {
    result: { kind: "ended", end: { ...violation, onViolation: "trap" } },
    outcome: { kind: "denied", exitCode: 113, rule: "r1", detail: "no" },
    enforced: { kind: "violation", detail: "no" },
  },
  "a denial that has no error to answer with": {
    result: { kind: "ended", end: { ...violation, rule: null, onViolation: "trap" } },
    outcome: { kind: "denied", exitCode: 113, rule: null, detail: "no" },
    enforced: { kind: "violation", detail: "no" },
  },
  "a rule that puts into quarantine": {
    result: { kind: "ended", end: { ...violation, onViolation: "quarantine" } },
    outcome: { kind: "quarantined", exitCode: 115, rule: "r1", detail: "no" },
    enforced: { kind: "violation", detail: "no" },
  },
  "a budget that is used up": {
    result: { kind: "ended", end: { kind: "limit", reason: "10 calls" } },
    outcome: { kind: "trapped", exitCode: 114, detail: "10 calls" },
    enforced: { kind: "limit", detail: "10 calls" },
  },
  "a trap": {
    result: fault,
    outcome: { kind: "trapped", exitCode: 114, detail: "unreachable" },
    enforced: { kind: "fault", detail: "unreachable" },
  },
  "a record that does not stand": {
    result: { kind: "ended", end: { kind: "unrecorded", reason: "disk full" } },
    outcome: { kind: "unrecorded", exitCode: 117, detail: "disk full" },
    enforced: { kind: "unrecorded", detail: "disk full" },
  },
};

describe("the outcome of a run", () => {
  for (const [what, { result, outcome, enforced }] of Object.entries(endings)) {
    it(`of ${what} is ${outcome.kind}, with exit code ${outcome.exitCode}`, () => {
      assert.deepEqual(toOutcome(ending(result)), outcome);
      assert.deepEqual(signalOf(ending(result)), enforced);
      assert.equal(sealReason(toOutcome(ending(result))), outcome.kind);
    });
  }

  const signals: Readonly<Record<TrustSignalKind, TrustSignal["state"]>> = {
    "publisher-key-revoked": "revoked",
    "publisher-untrusted": "revoked",
    "signature-expired": "revoked",
    "node-key-revoked": "revoked",
    "component-revoked": "revoked",
    "policy-revoked": "revoked",
    "authorization-revoked": "revoked",
    "authorization-expired": "revoked",
    "validity-window-closed": "degraded",
    "policy-changed": "revoked",
    "policy-unreadable": "degraded",
    "epoch-rolled-back": "revoked",
    stale: "degraded",
    "lineage-failed": "degraded",
    "clock-went-backwards": "degraded",
    "limit-exceeded": "degraded",
    "quarantine-rule": "quarantined",
    anomaly: "degraded",
    operator: "revoked",
    "output-lost": "revoked",
  };
  for (const [name, state] of Object.entries(signals)) {
    const kind = name as TrustSignalKind;
    const signal: TrustSignal = { kind, state, detail: "why" };
    it(`of a guest that was stopped by ${kind} says so, whatever its worker said`, () => {
      for (const { result } of Object.values(endings)) {
        const outcome = toOutcome(ending(result, signal, 2.5));
        if (kind === "limit-exceeded") {
          assert.deepEqual(outcome, { kind: "trapped", exitCode: 114, detail: "why" });
        } else if (kind === "lineage-failed") {
          assert.deepEqual(outcome, { kind: "unrecorded", exitCode: 117, detail: "why" });
        } else {
          assert.deepEqual(outcome, {
            kind: "stopped",
            exitCode: kind === "output-lost" ? 118 : 116,
            signal: kind,
            detail: "why",
            stoppedInMs: 2.5,
          });
        }
        assert.deepEqual(signalOf(ending(result, signal, 2.5)), { kind, detail: "why" });
      }
    });
  }
});
