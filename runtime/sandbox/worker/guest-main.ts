/** The entry of a guest's worker. Everything here runs once for one run, and the thread ends with it. */
import { parentPort, workerData } from "node:worker_threads";
import type { GuestJob, GuestMessage } from "./job.js";
import { runGuest } from "./run-guest.js";

const port = parentPort;
if (port === null) throw new Error("this module is the entry of a worker");

// After a trap, jco's generated code rejects promises that nobody awaits. What ended the guest is in the result.
process.on("unhandledRejection", () => undefined);

const post = (message: GuestMessage): void => port.postMessage(message);
post({ type: "result", ...(await runGuest(workerData as GuestJob, post)) });
