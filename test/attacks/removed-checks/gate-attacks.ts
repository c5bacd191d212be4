import { once } from "node:events";
import { bindCall } from "../../../runtime/sandbox/gate/call-site.js";
import { createGate } from "../../../runtime/sandbox/gate/gate.js";
import { createPoison } from "../../../runtime/sandbox/gate/poison.js";
import { createResourceTable } from "../../../runtime/sandbox/gate/resources.js";
import { createWorkerPool } from "../../../runtime/sandbox/supervisor/worker-pool.js";
import { hostFunction } from "../../../runtime/sandbox/host-function.js";
import type { Verdict } from "./stage.js";
import { uncounted } from "../uncounted.js";

/* Attacks at the gate and at the pool of workers themselves, for what no guest can time or see. */

const shell = class {
  readonly made = true;
};

export const gateAttacks = {
  /** Trust is lost while the record waits for the disk, as when the process is stopped just then and continued later. */
  "act after its process was stopped": async (): Promise<Verdict> => {
    let isTrusted = true;
    let made = 0;
    const host = hostFunction({ durability: "durable", call: () => (made += 1) });
    const resources = createResourceTable(() => shell, uncounted);
    const type = { params: [], result: { kind: "u32" } } as const;
    const call = bindCall("acme:bank/ledger@1.0.0", "pay", type, host, resources);
    const gate = createGate({
      trust: { isTrustedAndFresh: () => isTrusted },
      policy: {
        decide: () => ({ verdict: "allow", rule: "all", onViolation: "deny", reason: "" }),
        denyUndecided: () => ({ verdict: "deny", rule: null, onViolation: "deny", reason: "" }),
        looksAtArguments: () => false,
      },
      budgets: { charge: () => undefined },
      rates: { take: () => undefined, isLimited: () => false },
      evidence: {
        intent: () => {
          isTrusted = false;
          return 1;
        },
        outcome: () => undefined,
      },
      poison: createPoison(),
      now: () => 1n,
    });
    try {
      gate(call, []);
    } catch {
      // The trap, with the call or without it.
    }
    return { succeeded: made > 0, seen: `${made} calls` };
  },
  "find the process's environment in a guest's thread": async (): Promise<Verdict> => {
    process.env["WRUN_ATTACK_SECRET"] = "hunter2";
    const pool = createWorkerPool({
      hostPackages: new URL("./leaking-packages.js", import.meta.url).href,
      size: 0,
    });
    const worker = pool.take();
    try {
      const [found] = (await once(worker, "message")) as [{ readonly secret: string }];
      return { succeeded: found.secret === "hunter2", seen: found.secret };
    } finally {
      await worker.terminate();
      pool.close();
    }
  },
} as const;
