/** The entry of a guest's worker. It loads all host code, waits for the job of one guest, and ends with it. */
import { parentPort, workerData } from "node:worker_threads";
import { loadHostPackages } from "../load-host-packages.js";
import type { GuestJob, WorkerMessage, WorkerSetup } from "./job.js";
import { runGuest } from "./run-guest.js";

const port = parentPort;
if (port === null) throw new Error("this module is the entry of a worker");

// After a trap, jco's generated code rejects promises that nobody awaits. What ended the guest is in the result.
process.on("unhandledRejection", () => undefined);

const post = (message: WorkerMessage): void => port.postMessage(message);
// One job and no other: without a listener nothing more is received.
const job = new Promise<GuestJob>((resolve) => port.once("message", resolve));
const packages = loadHostPackages((workerData as WorkerSetup).hostPackages);

async function main(): Promise<void> {
  // What is wrong with them is for the run to say.
  await packages.catch(() => undefined);
  post({ type: "ready" });
  post({ type: "result", ...(await runGuest(await job, packages, post)) });
  // Whatever host code has left in the event loop goes with the guest.
  process.exit();
}

// What nobody caught ends the thread, as an exception would.
main().catch((error: unknown) => {
  setImmediate(() => {
    throw error;
  });
});
