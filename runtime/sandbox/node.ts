import {
  type Ed25519Identity,
  type Home,
  loadAuthorityIdentity,
  loadNodeIdentity,
  openHome,
  type TrustedIssuer,
} from "../authority/index.js";
import {
  type CacheLocation,
  createSignatureCheck,
  loadPublisherTrust,
  type PublisherTrust,
  type SignatureCheck,
} from "../component/index.js";
import { WrunError } from "../errors/index.js";
import { createWriterThread, type WriterThread } from "../lineage/index.js";
import type { PolicyContracts } from "../policy/index.js";
import {
  addRevocation,
  openTrustSource,
  type RevocationKeys,
  type RevocationList,
  type TrustSource,
} from "../trust/index.js";
import { createLinker, type Linker } from "./admission/linker.js";
import { createPolicyLoader, type PolicyLoader } from "./admission/policy-loader.js";
import { loadCacheKey } from "./cache-key.js";
import { type PinnedTypes, pinnedTypes } from "./gate/pinned-types.js";
import { contractsOf } from "./host-contracts.js";
import { allowExtendedConstants } from "./limits/bound-engine.js";
import { loadHostPackages } from "./load-host-packages.js";
import { type CodeCache, createCodeCache } from "./supervisor/code-cache.js";
import { createWorkerPool, type WorkerPool } from "./supervisor/worker-pool.js";

/** What a runtime is opened with. */
export interface NodeOptions {
  /** The home folder; see `wrun init`. */
  readonly home: string;
  /** URL of a module that exports `hostPackages: HostPackage[]`. Workers load it again. */
  readonly hostPackages: URL;
  /** The zone of workloads whose policy names none. Default `default`. */
  readonly zone?: string;
  /**
   * How many workers wait, with all host code loaded, for guests that are started later; each takes some 10 MiB.
   * Default 1. With 0 every start loads that code anew.
   */
  readonly warmWorkers?: number;
  /** Workers that were started before anything else was loaded, in place of {@link warmWorkers}; closed with the runtime. */
  readonly workers?: WorkerPool;
  readonly now?: () => Date;
}

/** This machine as an enforcement point: its keys, whom it trusts, and what it can offer to guests. */
export interface Node {
  readonly home: Home;
  readonly identity: Ed25519Identity;
  readonly authority: Ed25519Identity;
  /** Who may issue authorizations, by key id. */
  readonly issuers: ReadonlyMap<string, TrustedIssuer>;
  /** Who may sign the revocation list, by key id. */
  readonly revokers: RevocationKeys;
  readonly trust: TrustSource;
  /** Records the runs that are going on. */
  readonly writer: WriterThread;
  readonly zone: string;
  readonly cache: CacheLocation;
  readonly contracts: PolicyContracts;
  readonly functionTypes: PinnedTypes;
  /** The version of each package that is implemented, by name: `wasi:cli` is `0.2.12`. */
  readonly packageVersions: ReadonlyMap<string, string>;
  readonly workers: WorkerPool;
  readonly link: Linker;
  readonly loadPolicy: PolicyLoader;
  readonly code: CodeCache;
  now(): Date;
  /** The newest accepted list; throws where the last reading of it failed. */
  currentRevocations(): RevocationList;
  signatureCheck(reference: string): SignatureCheck;
  /** Whom this node trusts to publish under a reference, read not long ago. Throws a `TRUST_…` error. */
  readonly publisherTrust: (reference: string) => PublisherTrust;
  workloadId(policyName: string): string;
  /** Keeps a workload from starting anywhere that reads this node's revocations, until a person releases it. */
  quarantine(workload: string, reason: string): Promise<void>;
}

export async function openNode(options: NodeOptions): Promise<Node> {
  allowExtendedConstants();
  const home = openHome(options.home);
  const identity = loadNodeIdentity(home);
  const authority = loadAuthorityIdentity(home);
  const revokers: RevocationKeys = new Map([[authority.keyId, authority.publicKey]]);
  const trust = await openTrustSource({ home, keys: revokers });
  const hostPackages = await loadHostPackages(options.hostPackages.href);
  const now = options.now ?? (() => new Date());

  const currentRevocations = (): RevocationList => {
    const { list, failure } = trust.view();
    if (failure !== undefined) throw failure;
    return list;
  };
  const cache = { folder: home.cache, key: loadCacheKey(home) };
  const contracts = contractsOf(hostPackages);
  return {
    home,
    identity,
    authority,
    issuers: new Map([[authority.keyId, authority]]),
    revokers,
    trust,
    writer: createWriterThread(),
    zone: options.zone ?? "default",
    cache,
    contracts,
    link: createLinker(cache),
    loadPolicy: createPolicyLoader(contracts),
    code: createCodeCache(),
    functionTypes: pinnedTypes(hostPackages),
    packageVersions: new Map(hostPackages.map(({ name, version }) => [name, version])),
    workers:
      options.workers ??
      createWorkerPool({ hostPackages: options.hostPackages.href, size: options.warmWorkers ?? 1 }),
    now,
    currentRevocations,
    publisherTrust: createPublisherTrustReader(home),
    signatureCheck: (reference) =>
      createSignatureCheck({
        trust: loadPublisherTrust(home, repositoryOf(reference)),
        revocations: currentRevocations(),
        now,
      }),
    workloadId: (policyName) => `${trustDomainOf(identity.spiffeId)}/workload/${policyName}`,
    quarantine: async (workload, reason) => {
      await addRevocation(
        home,
        { kind: "workload", id: workload, reason },
        { signer: authority.signer, keys: revokers },
      );
      await trust.refresh();
    },
  };
}

/** How long what was read of whom to trust is good for: a run looks several times a second, and many runs do. */
const trustAgeMs = 250;

function createPublisherTrustReader(home: Home): (reference: string) => PublisherTrust {
  const read = new Map<string, { readonly trust: PublisherTrust; readonly at: number }>();
  return (reference) => {
    const repository = repositoryOf(reference);
    const known = read.get(repository);
    if (known !== undefined && performance.now() - known.at < trustAgeMs) return known.trust;
    read.delete(repository);
    const trust = loadPublisherTrust(home, repository);
    read.set(repository, { trust, at: performance.now() });
    return trust;
  };
}

/** `127.0.0.1:5000/team/app:1.2.0` and `…@sha256:…` are of the repository `127.0.0.1:5000/team/app`. */
function repositoryOf(reference: string): string {
  const name = reference.split("@")[0] ?? reference;
  const slash = name.lastIndexOf("/");
  const colon = name.lastIndexOf(":");
  return colon > slash ? name.slice(0, colon) : name;
}

function trustDomainOf(spiffeId: string): string {
  const domain = /^spiffe:\/\/[^/]+/.exec(spiffeId)?.[0];
  if (domain === undefined) throw new WrunError("INTERNAL", { reason: `${spiffeId} has no trust domain` });
  return domain;
}
