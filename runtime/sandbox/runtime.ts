import { join } from "node:path";
import { type ComponentType, decodeComponent, type Provenance } from "../component/index.js";
import {
  listRuns,
  type NodeKey,
  parseRunId,
  readRun,
  type RecoveredRun,
  recoverLineage,
  type RunReport as LineageReport,
  type RunSummary,
  type StoredRecord,
  verifyLineage,
  verifyRun,
} from "../lineage/index.js";
import { WrunError } from "../errors/index.js";
import { addRevocation, releaseWorkload, type RevocationEntry, type RevocationList } from "../trust/index.js";
import { admit, verifyComponent } from "./admission/admit.js";
import type { ComponentSource, RunRequest } from "./admission/request.js";
import { boundEngine } from "./limits/bound-engine.js";
import { type Node, type NodeOptions, openNode } from "./node.js";
import { type Run, type RunReport, startRun } from "./supervisor/run.js";
import {
  type ServeAddress,
  type ServeRequest,
  type Server,
  startServer,
} from "./supervisor/server/server.js";

/**
 * The enforcement plane of one machine. Everything that the command line does to a workload it does through this.
 * All methods throw or reject with `WrunError`.
 */
export interface Runtime {
  readonly node: Node;
  /** Runs whose process died before they were sealed, as they were found when this runtime opened. */
  readonly recovered: readonly RecoveredRun[];
  /** Admits a workload and starts it. Rejects where it is refused; the guest has not run then. */
  start(request: RunRequest): Promise<Run>;
  /** {@link start}, and then waits for its end. */
  run(request: RunRequest): Promise<RunReport>;
  /** Admits a workload and has it answer HTTP requests, each in a run of its own or in one that is reused, as its policy
   * says. Rejects where it is refused, or where nobody can listen there. */
  serve(request: ServeRequest, address: ServeAddress): Promise<Server>;
  /** Checks signature and digests as a run would. */
  verify(source: ComponentSource): Promise<VerifiedSummary>;
  /** Adds to the signed list of revocations; runs that rest on it stop within the poll interval of every host. */
  revoke(entry: Omit<RevocationEntry, "at">): Promise<RevocationList>;
  /** Takes a workload out of quarantine. */
  release(workload: string): Promise<RevocationList>;
  listRuns(): Promise<readonly RunSummary[]>;
  readRun(run: string): Iterable<StoredRecord>;
  /** Verifies one run, or all of them, under this node's key and any others that the caller trusts. */
  verifyLineage(run?: string, nodeKeys?: readonly NodeKey[]): Promise<readonly LineageReport[]>;
  /** Stops the runs and servers that are still going, and the watch on revocations. Nothing starts afterwards. */
  close(): void;
}

/** A component that passed the checks that come before a run. */
export interface VerifiedSummary {
  readonly digest: string;
  readonly provenance: Provenance;
  readonly type: ComponentType;
}

/** Opens a home that `initHome` made, and recovers what a killed process left open in its lineage. */
export async function createRuntime(options: NodeOptions): Promise<Runtime> {
  boundEngine();
  const node = await openNode(options);
  const folder = node.home.lineage;
  const recovered = await recoverLineage(folder, node.identity.signer, {
    endedRuns: join(node.home.memory, "ended-runs"),
  });
  const change = { signer: node.authority.signer, keys: node.revokers };

  const running = new Set<Run>();
  const serving = new Set<Server>();
  let closed = false;

  const start = async (request: RunRequest): Promise<Run> => {
    // While the workload is admitted, its records' writer gets ready.
    node.writer.start();
    const workload = await admit(request, node);
    // Nobody would watch over it.
    if (closed) throw new WrunError("RUNTIME_CLOSED", {});
    const run = startRun(request, workload, node);
    running.add(run);
    return { ...run, finished: run.finished.finally(() => running.delete(run)) };
  };
  return {
    node,
    recovered,
    start,
    run: async (request) => (await start(request)).finished,
    async serve(request, address) {
      const workload = await admit(request, node);
      if (closed) throw new WrunError("RUNTIME_CLOSED", {});
      const server = await startServer(request, workload, node, address);
      serving.add(server);
      const forget = (): void => void serving.delete(server);
      server.finished.then(forget, forget);
      if (closed) server.abort(closing);
      return server;
    },
    async verify(source) {
      const { digest, provenance, type } = await verifyComponent(source, node);
      return { digest, provenance, type };
    },
    async revoke(entry) {
      const list = await addRevocation(node.home, entry, change);
      await node.trust.refresh();
      return list;
    },
    async release(workload) {
      const list = await releaseWorkload(node.home, workload, change);
      await node.trust.refresh();
      return list;
    },
    listRuns: () => listRuns(folder),
    readRun: (run) => readRun(folder, parseRunId(run)),
    verifyLineage(run, nodeKeys = []) {
      const keys = { nodeKeys: [node.identity.signer, ...nodeKeys] };
      return run === undefined
        ? verifyLineage(folder, keys)
        : verifyRun(folder, parseRunId(run), keys).then((report) => [report]);
    },
    close() {
      closed = true;
      for (const run of running) run.stop(closing);
      for (const server of serving) server.abort(closing);
      node.workers.close();
      node.trust.close();
      node.writer.close();
    },
  };
}

const closing = "the runtime that watches over it was closed";

/** What a component asks for and offers, without any statement about who made it. */
export function inspectComponent(bytes: Uint8Array): ComponentType {
  return decodeComponent(bytes).type;
}
