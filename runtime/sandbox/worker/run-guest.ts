import { chargePrinting, formatWave, parseInvocation, toJson } from "../../component/in-worker.js";
import type { ComponentType } from "../../component/wit-types.js";
import { isWrunError, WrunError, wrapUnknown } from "../../errors/index.js";
import { openCallRing } from "../../lineage/in-worker.js";
import {
  type CompiledPolicy,
  createBudgets,
  createRateLimiter,
  receivePolicy,
} from "../../policy/in-worker.js";
import { attachTrustWord } from "../../trust/in-worker.js";
import { bindImports, type FindHostFunction } from "../gate/bind-imports.js";
import { createFreshness, createGateClock } from "../gate/fused/gate-clock.js";
import { fusedEntrance } from "../gate/fused/gate-entrance.js";
import { withoutVersion } from "../gate/call-site.js";
import { createGate } from "../gate/gate.js";
import { createImportLowering } from "../gate/lowering/import-lowering.js";
import { guardCore } from "../gate/guard-core.js";
import { hasPinnedType, pinnedTypes } from "../gate/pinned-types.js";
import { createPoison, type Poison } from "../gate/poison.js";
import { type HostPackage, type InstanceContext, type PreparedPackage } from "../host-package.js";
import { decisionContractsOf } from "../host-contracts.js";
import type { ResourceCaps } from "../limits/cap-core-module.js";
import { createHeldMemory, type HeldMemory, type HeldMemoryMeter } from "../limits/held-memory.js";
import { createByteSink, createEventPost } from "./byte-sinks.js";
import { type CompiledCode, compileCode, type LinkedCode } from "./compile-code.js";
import { createEvidence } from "./evidence.js";
import { findCommand, lookUpIn } from "./find-export.js";
import { instantiateComponent } from "./instantiate.js";
import type { CallCounts, GuestJob, GuestMessage, GuestResult, Invocation } from "./job.js";
import { openEntrance } from "./open-entrance.js";
import { serve } from "./serve.js";
import { isComponentError, takeSteps } from "./take-steps.js";
import { createExitCode, type ExitCode } from "./wasi01-exit-code.js";

/**
 * Runs one guest from its job to its result. The order is that everything that watches the guest (trust, policy,
 * journal, gate, guard) stands before the first of its instructions runs.
 */
export async function runGuest(
  job: GuestJob,
  loading: Promise<readonly HostPackage[]>,
  post: (message: GuestMessage) => void,
): Promise<{ result: GuestResult; calls: CallCounts }> {
  const poison = createPoison();
  const ring = openCallRing(job.lineage);
  const trust = attachTrustWord(job.trust);
  // What had to wait has no effect once trust is lost.
  const waited = (): void => {
    if (!trust.isTrustedAndFresh(process.hrtime.bigint())) poison.trap({ kind: "untrusted" });
  };
  const postEvent = createEventPost(job.outputCredit, post, waited);
  const originNs = job.lineage.clockOriginNs;
  const evidence = createEvidence(ring, originNs, postEvent);
  try {
    const packages = await loading;
    const policy = receivePolicy(job.policy, job.policyDigest, decisionContractsOf(packages));

    const exitCode = createExitCode();
    const memory = createHeldMemory(job.caps.memoryBytes, poison);
    const prepared = await prepare(packages, job, policy, poison, memory, exitCode, post, waited);
    let budgets = createBudgets(policy.manifest.limits, evidence.factBytes);
    const parts = {
      trust,
      policy,
      budgets: { charge: (calls: number, bytesOut: number) => budgets.charge(calls, bytesOut) },
      rates: createRateLimiter(policy),
      evidence,
      poison,
      now: () => process.hrtime.bigint(),
    };
    const gate = createGate(parts);
    const bound = bindImports(job.type.imports, prepared, gate, memory);
    evidence.nameHandlesBy(bound.resources.idOf);
    const entrance = fusedEntrance(gate, {
      ...parts,
      ring,
      clock: createGateClock(originNs),
      originNs,
      freshness: createFreshness(trust, originNs),
      resources: bound.resources,
    });
    const { lowering, isLowered } = createImportLowering(bound, entrance, poison, memory);

    const code = job.code.kind === "linked" ? compileAndShare(job.code, job.caps, post) : job.code;
    memory.setLinear(code.linearBytes);
    const exports = instantiateComponent(
      code,
      bound.imports,
      exitCode.watching(guardCore(poison, isLowered)),
      lowering,
      memory,
    );
    post({ type: "started" });
    const result =
      job.invocation.kind === "serve"
        ? await serve(job.invocation, {
            handle: openEntrance(
              job.type,
              job.invocation.exported,
              exports,
              packages,
              bound.resources,
              memory,
            ),
            evidence,
            renewLimits: () => void (budgets = createBudgets(policy.manifest.limits, evidence.factBytes)),
            post: () => post({ type: "line" }),
          })
        : invoke(job.type, job.invocation, exports, memory);
    return { result: poison.end === undefined ? result : ended(poison), calls: evidence.counts() };
  } catch (error) {
    return { result: explain(poison, error), calls: evidence.counts() };
  }
}

/** For the next guests. Before the first instruction of this one, so that nothing of it can be in there. */
function compileAndShare(
  linked: LinkedCode,
  caps: ResourceCaps,
  post: (message: GuestMessage) => void,
): CompiledCode {
  const code = compileCode(linked, caps);
  post({ type: "compiled", code });
  return code;
}

/** Prepares the packages that the component imports, and no others. */
async function prepare(
  packages: readonly HostPackage[],
  job: GuestJob,
  policy: CompiledPolicy,
  poison: Poison,
  memory: HeldMemory,
  exitCode: ExitCode,
  post: (message: GuestMessage) => void,
  waited: () => void,
): Promise<FindHostFunction> {
  const postEvent = createEventPost(job.outputCredit, post, waited);
  const output = (stream: "stdout" | "stderr") =>
    createByteSink(job.outputCredit, (bytes) => post({ type: "output", stream, bytes }), waited);
  const context: InstanceContext = {
    ...job.offer,
    memory,
    imports: new Set(job.type.imports.interfaces.map(({ name }) => withoutVersion(name))),
    stdout: output("stdout"),
    stderr: output("stderr"),
    log: (entry) => postEvent({ type: "log", ...entry }),
    permits: (site, facts) => policy.decide(site, facts).verdict === "allow",
    exit: (code) => poison.trap({ kind: "exit", code: exitCode.exactly(code) }),
  };
  const prepared = new Map<string, PreparedPackage>();
  for (const item of packages) {
    const imported = job.type.imports.interfaces.some(({ name }) => name.startsWith(`${item.name}/`));
    if (imported) prepared.set(item.name, await prepareOne(item, context));
  }
  const types = pinnedTypes(packages);
  return (importName, functionName, type) => {
    if (!hasPinnedType(types, importName, functionName, type)) return undefined;
    const [packageName = "", interfaceName = ""] = importName.split("@")[0]?.split("/") ?? [];
    const functions = prepared.get(packageName)?.[interfaceName];
    return functions !== undefined && Object.hasOwn(functions, functionName)
      ? functions[functionName]
      : undefined;
  };
}

async function prepareOne(item: HostPackage, context: InstanceContext): Promise<PreparedPackage> {
  try {
    return await item.prepare(context);
  } catch (error) {
    if (isWrunError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("HOST_PACKAGE_FAILED", { name: item.name, reason }, { cause: error });
  }
}

function invoke(
  component: ComponentType,
  asked: Exclude<Invocation, { kind: "serve" }>,
  exports: Record<string, unknown>,
  memory: Pick<HeldMemoryMeter, "take">,
): GuestResult {
  if (asked.kind === "command") {
    const { call } = findCommand(component, exports);
    return { kind: "exited", code: runCommand(call) };
  }
  const steps = parseInvocation(asked.text, lookUpIn(component, exports));
  const { type, value } = takeSteps(steps);
  if (type === undefined) return { kind: "returned", wave: "", json: null };
  chargePrinting(type, value, memory.take);
  return { kind: "returned", wave: formatWave(type, value), json: toJson(type, value) };
}

/** `run: func() -> result`: jco throws its error case. */
function runCommand(run: (args: readonly unknown[]) => unknown): number {
  try {
    run([]);
    return 0;
  } catch (error) {
    if (isComponentError(error)) return 1;
    throw error;
  }
}

function explain(poison: Poison, error: unknown): GuestResult {
  if (poison.end !== undefined) return ended(poison);
  if (isWrunError(error)) {
    const { code, message, next, exitCode } = error;
    return { kind: "refused", code, message, next, exitCode };
  }
  // What is left comes from the guest: a trap of its own, or a stack that is used up.
  return { kind: "ended", end: { kind: "fault", reason: wrapUnknown(error).details["reason"] + "" } };
}

function ended(poison: Poison): GuestResult {
  const { end } = poison;
  if (end === undefined) throw new TypeError("the run has not ended");
  return end.kind === "exit" ? { kind: "exited", code: end.code } : { kind: "ended", end };
}
