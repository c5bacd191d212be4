/**
 * What the command line needs before the rest of the runtime is loaded: to say what is wrong with a line, and to start a
 * worker that loads host code meanwhile; and the making of a folder, which is no business of embedders. It loads nothing
 * that is not small.
 */
export { locateHome } from "./authority/home.js";
export { exitCodes, WrunError, wrapUnknown } from "./errors/index.js";
export { makeFolderBeside } from "./files/index.js";
export { createWorkerPool, type WorkerPool } from "./sandbox/supervisor/worker-pool.js";
