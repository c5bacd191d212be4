/**
 * Another process on the same home, as an operator's `wrun revoke` is: takes one revocation a message, and answers when
 * the signed list is on the disk.
 */
import { createRuntime, type Runtime } from "../../runtime/index.js";
import { hostPackages } from "./harness.js";

const [home = ""] = process.argv.slice(2);
const runtime = await createRuntime({ home, hostPackages });
process.on("message", (entry: Parameters<Runtime["revoke"]>[0]) => {
  void runtime.revoke(entry).then(({ epoch }) => process.send?.({ epoch }));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
