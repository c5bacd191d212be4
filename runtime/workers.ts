/** The entrance for whoever starts guests' workers before the rest of the runtime is loaded. */
export {
  createWorkerPool,
  type WorkerPool,
  type WorkerPoolOptions,
} from "./sandbox/supervisor/worker-pool.js";
