/** Host packages whose author looks round in the guest's thread, and posts what it finds of the process. */
import { parentPort } from "node:worker_threads";

parentPort?.postMessage({ type: "found", secret: process.env["WRUN_ATTACK_SECRET"] ?? "nothing" });

export const hostPackages: readonly never[] = [];
