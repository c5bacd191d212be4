import type { Authorization } from "../../authority/index.js";
import {
  acceptUnsigned,
  type LinkedComponent,
  toComponent,
  type VerifiedComponent,
  verifySigned,
} from "../../component/index.js";
import { WrunError } from "../../errors/index.js";
import { type CompiledPolicy, refuseMissingRoots, refuseUnlinkable } from "../../policy/index.js";
import {
  refuseUnlessHolding,
  type RevocationList,
  type TrustFact,
  type TrustMoment,
} from "../../trust/index.js";
import { mistypedImports } from "../gate/pinned-types.js";
import type { Node } from "../node.js";
import { authorize } from "./authorize.js";
import { authorizationFacts, componentFacts, nodeFacts, policyFacts, workloadFacts } from "./facts.js";
import { isCompatible } from "./interface-version.js";
import type { ComponentSource, RunRequest } from "./request.js";

declare const checked: unique symbol;
let construct: (facts: AdmissionFacts) => AdmittedWorkload;

/** What of a request admission looks at. */
type AdmissionRequest = Pick<RunRequest, "component" | "policy" | "authorization" | "roots">;

interface AdmissionFacts {
  readonly component: VerifiedComponent;
  readonly linked: LinkedComponent;
  readonly policy: CompiledPolicy;
  readonly authorization: Authorization;
  /** SPIFFE id: `spiffe://<trust domain>/workload/<policy name>`. */
  readonly workload: string;
  readonly zone: string;
  /** Everything that it rests on and that can cease to hold. */
  readonly facts: readonly TrustFact[];
  /** The revocation list's epoch that admission was decided under. */
  readonly epoch: number;
}

/** A workload that passed every check that comes before a run. Made by {@link admit} alone. */
export class AdmittedWorkload implements AdmissionFacts {
  static {
    construct = (facts) => new AdmittedWorkload(facts);
  }
  declare readonly [checked]: true;
  readonly component: VerifiedComponent;
  readonly linked: LinkedComponent;
  readonly policy: CompiledPolicy;
  readonly authorization: Authorization;
  readonly workload: string;
  readonly zone: string;
  readonly facts: readonly TrustFact[];
  readonly epoch: number;

  private constructor(facts: AdmissionFacts) {
    this.component = facts.component;
    this.linked = facts.linked;
    this.policy = facts.policy;
    this.authorization = facts.authorization;
    this.workload = facts.workload;
    this.zone = facts.zone;
    this.facts = facts.facts;
    this.epoch = facts.epoch;
    Object.freeze(this);
  }
}

/**
 * Steps 2 to 4 of a run (design, section 4), in their order: verify, read the imports from the binary, authorize.
 * Nothing of the guest has run when it returns, and nothing was written but the cache.
 *
 * @throws WrunError: every refusal has a code of its own, and the one for an import names the line that would grant it
 */
export async function admit(request: AdmissionRequest, node: Node): Promise<AdmittedWorkload> {
  const revocations = node.currentRevocations();
  const facts: TrustFact[] = [];
  const restOn = (more: readonly TrustFact[]): void => {
    refuseUnlessHolding(more, momentOf(node, revocations));
    facts.push(...more);
  };
  restOn(nodeFacts(node.identity.keyId));
  const component = await verifyComponent(request.component, node);
  restOn(componentFacts(component, node.publisherTrust));

  const policy = node.loadPolicy(request.policy.bytes, request.policy.name);
  restOn(policyFacts(policy));
  refuseWrongSubject(component, policy);
  refuseForeignVersions(component, node);
  refuseForeignTypes(component, node);
  refuseUngrantedImports(component, policy);
  refuseMissingRoots(policy.manifest, request.roots ?? []);

  const workload = node.workloadId(policy.manifest.metadata.name);
  restOn(workloadFacts(workload, component));
  const zone = policy.manifest.metadata.zone ?? node.zone;
  const authorization = authorize({ request, component, policy, workload, zone, node, revocations });
  restOn(authorizationFacts(authorization));

  const linked = await node.link(component);
  const { epoch } = revocations;
  return construct({ component, linked, policy, authorization, workload, zone, facts, epoch });
}

/**
 * Another run of a workload that was admitted before: what it rests on is looked at again, and the run gets an authorization
 * of its own, unless one was brought along.
 *
 * @throws WrunError as {@link admit}
 */
export function readmit(before: AdmittedWorkload, request: AdmissionRequest, node: Node): AdmittedWorkload {
  const { component, policy, workload, zone, linked } = before;
  const revocations = node.currentRevocations();
  const lasting = before.facts.filter(({ of }) => of !== "authorization");
  refuseUnlessHolding(lasting, momentOf(node, revocations));
  const authorization = authorize({ request, component, policy, workload, zone, node, revocations });
  const facts = [...lasting, ...authorizationFacts(authorization)];
  const { epoch } = revocations;
  return construct({ component, linked, policy, authorization, workload, zone, facts, epoch });
}

/** Signature, or the developer's word that none is needed; afterwards the bytes are a component whose type is known. */
export async function verifyComponent(source: ComponentSource, node: Node): Promise<VerifiedComponent> {
  if (source.kind === "artifact") {
    return verifySigned(source.artifact, node.signatureCheck(source.artifact.reference));
  }
  const { name, allowUnsigned } = source;
  if (!allowUnsigned) throw new WrunError("COMPONENT_UNSIGNED", { name });
  const { bytes, adaptedFrom } = await toComponent(source.bytes, { cache: node.cache });
  return acceptUnsigned(bytes, {
    name,
    allowUnsigned,
    ...(adaptedFrom === undefined ? {} : { adaptedFrom }),
  });
}

function momentOf(node: Node, list: RevocationList): TrustMoment {
  return { list, times: [node.now().getTime()] };
}

function refuseWrongSubject(component: VerifiedComponent, policy: CompiledPolicy): void {
  const { provenance } = component;
  const subject = {
    componentDigest: component.digest,
    ...(provenance.kind === "signed" ? { signerKeyId: provenance.signer.keyId } : {}),
  };
  const answer = policy.subjectAllows(subject);
  if (!answer.allowed) {
    throw new WrunError("POLICY_SUBJECT_MISMATCH", {
      policy: policy.manifest.metadata.name,
      reason: answer.why,
    });
  }
}

/** Another version than ours can mean other things by the same names. */
function refuseForeignVersions(component: VerifiedComponent, node: Node): void {
  for (const { name } of component.type.imports.interfaces) {
    const [packageName = "", version] = [name.split("/")[0], name.split("@")[1]];
    const offered = node.packageVersions.get(packageName);
    if (offered === undefined || version === undefined || isCompatible(version, offered)) continue;
    throw new WrunError("IMPORT_VERSION_UNSUPPORTED", { import: name, offered: `${packageName}@${offered}` });
  }
}

/** A function that the component declares with another type than its WIT would be called with values of that type. */
function refuseForeignTypes(component: VerifiedComponent, node: Node): void {
  const [first] = mistypedImports(component.type.imports, node.functionTypes);
  if (first === undefined) return;
  throw new WrunError("IMPORT_TYPE_MISMATCH", {
    import: first.import,
    function: first.function,
    declared: first.declared,
    pinned: first.pinned,
  });
}

/** An import that is not granted is not linked, so the component cannot start; better to say so, and how to mend it. */
function refuseUngrantedImports(component: VerifiedComponent, policy: CompiledPolicy): void {
  refuseUnlinkable(policy.unlinkable(component.type.imports));
}
