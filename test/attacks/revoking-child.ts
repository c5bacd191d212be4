/**
 * Another process on the same home, as an operator's `wrun revoke` is: takes one revocation a message, and answers when
 * the signed list is on the disk.
 */
import { createRuntime } from "wrun";
import { hostPackages } from "./harness.js";
import type { RevocationMessage } from "./other-process.js";

process.on("message", ({ home, entry }: RevocationMessage) => void revoke(home, entry));
process.on("disconnect", () => process.exit(0));
process.send?.("ready");

async function revoke(home: string, entry: RevocationMessage["entry"]): Promise<void> {
  const runtime = await createRuntime({ home, hostPackages });
  const { epoch } = await runtime.revoke(entry);
  runtime.close();
  process.send?.({ epoch });
}
