import { parentPort, workerData } from "node:worker_threads";
import { diskIo } from "../segment-io.js";
import { serveRings } from "./serve-rings.js";

if (parentPort === null) throw new Error("the lineage writer runs in a worker thread");
void serveRings(parentPort, workerData as SharedArrayBuffer, diskIo);
