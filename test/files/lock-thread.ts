import { parentPort, workerData } from "node:worker_threads";
import { FileLock, waitForLockHere } from "../../runtime/files/index.js";

const lock = waitForLockHere({ folder: workerData as string, name: "lock" }, 0, "thread");
parentPort?.postMessage(lock instanceof FileLock);
// Ended in mid-work.
setInterval(() => undefined, 1000);
