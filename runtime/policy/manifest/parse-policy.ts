import { type Digest, digestOf } from "../../digest.js";
import { WrunError } from "../../errors/index.js";
import type { PolicyContracts } from "../contracts.js";
import { type ManifestDocument, type ManifestNode, readDocument } from "./document.js";
import { checked } from "./issues.js";
import { defaultLimits } from "./limits.js";
import type { Limits, ManifestData } from "./manifest.js";
import { Mistakes } from "./mistakes.js";
import { readRules, refuseDuplicateIds } from "./rules.js";
import { manifestSchema } from "./schema.js";
import { withServingDefaults } from "./serving.js";
import { weeklyIntervals } from "./time-window.js";

declare const checkedHere: unique symbol;

/** A policy manifest that has passed every check of this file. Only `parsePolicy` makes one. */
export interface PolicyManifest extends ManifestData {
  readonly [checkedHere]: true;
  /** What the bytes were called when they were read, for messages: a file name, mostly. */
  readonly source: string;
  /** SHA-256 of the exact bytes. */
  readonly digest: Digest;
  /** The exact bytes: a copy each time, so that nobody can change what was checked. */
  readonly bytes: Uint8Array;
}

/**
 * Reads a policy manifest: YAML 1.2 or JSON, UTF-8, at most 1 MiB (docs/policy.md).
 * Anything that is not understood completely is refused with a `POLICY_…` error that names file, line and column.
 */
export function parsePolicy(
  bytes: Uint8Array,
  source: string,
  contracts: PolicyContracts,
  mistakes: Mistakes = new Mistakes(1),
): PolicyManifest {
  const copy = new Uint8Array(bytes);
  const document = readDocument(copy, source);
  const data = readManifest(document, contracts, source, mistakes);
  const checkedParts = { ...data, source, digest: digestOf(copy) };
  return Object.freeze({
    ...checkedParts,
    get bytes() {
      return copy.slice();
    },
  }) as PolicyManifest;
}

function readManifest(
  document: ManifestDocument,
  contracts: PolicyContracts,
  source: string,
  mistakes: Mistakes,
): ManifestData {
  const { root } = document;
  const head = mistakes.attempt(() => {
    refuseFuel(root, document);
    return checked(manifestSchema, root, [], document);
  });
  const allow = readRules("allow", child(root, "allow"), contracts, document, mistakes);
  const deny = readRules("deny", child(root, "deny"), contracts, document, mistakes);
  mistakes.attempt(() => refuseDuplicateIds([...allow, ...deny], source));
  mistakes.throwFirst();
  if (head === undefined) throw new TypeError("a policy was refused without a mistake");
  const { metadata, subject, validity, trust, limits, serve, onViolation } = head;
  return {
    metadata: { name: metadata.name, zone: metadata.zone, epoch: metadata.epoch },
    subject: { component: subject?.component, signers: subject?.signers },
    validity: {
      notBefore: validity?.notBefore,
      notAfter: validity?.notAfter,
      weekly:
        validity?.windows === undefined
          ? undefined
          : weeklyIntervals(validity.windows.map(({ days, utc }) => ({ days: days.flat(), time: utc }))),
    },
    trust: { maxStalenessMs: trust?.maxStaleness },
    limits: withDefaults({ ...limits, wallMs: limits?.wall }),
    serve: withServingDefaults(serve),
    allow,
    deny,
    onViolation: onViolation ?? "deny",
  };
}

function withDefaults(set: { readonly [Key in keyof Limits]?: number | undefined }): Limits {
  return {
    memory: set.memory ?? defaultLimits.memory,
    wallMs: set.wallMs ?? defaultLimits.wallMs,
    hostCalls: set.hostCalls ?? defaultLimits.hostCalls,
    bytesOut: set.bytesOut ?? defaultLimits.bytesOut,
    tableElements: set.tableElements ?? defaultLimits.tableElements,
    lineage: set.lineage ?? defaultLimits.lineage,
  };
}

/** A limit that is read and not enforced would be a promise that is broken silently. */
function refuseFuel(root: ManifestNode, document: ManifestDocument): void {
  const limits = child(root, "limits");
  const fuel = limits?.kind === "mapping" ? limits.entries.find(({ key }) => key === "fuel") : undefined;
  if (fuel !== undefined) {
    throw new WrunError("POLICY_LIMIT_UNSUPPORTED", { at: document.at(fuel.keyOffset), limit: "fuel" });
  }
}

function child(node: ManifestNode, key: string): ManifestNode | undefined {
  return node.kind === "mapping" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}
