import type { ResourceType, ValueType } from "../../../component/wit-types.js";
import { isWrunError } from "../../../errors/index.js";
import { type CallRing, durabilityLevel, outcomeNumber } from "../../../lineage/in-worker.js";
import type { CodeWriter } from "../lowering/code-writer.js";
import { notMade, performedWithError, record, returnOrTrap, unrecordable } from "../outcomes.js";
import type { CallEvidence, GateParts } from "../parts.js";
import type { ResourceTable } from "../resources.js";
import type { ForeseenCall } from "./foresee.js";
import type { Freshness } from "./gate-clock.js";
import { arrayHead, boundCode, recordCode } from "./record-code.js";

/** What a gate in generated code asks, beside what the gate of `gate.ts` does. */
export interface FusedParts extends GateParts {
  readonly evidence: CallEvidence & {
    /** Counts a call whose intent generated code has recorded, and returns its number as `intent` does. */
    countAllowed(): Intent;
  };
  readonly ring: CallRing;
  /** Monotonic, in nanoseconds from {@link originNs}, which is also the ring's. */
  readonly clock: () => number;
  readonly originNs: bigint;
  readonly freshness: Freshness;
  readonly resources: ResourceTable;
}

/**
 * Writes the gate of one foreseen call: the steps of `gate.ts`, in the same order, with what is known of the call
 * written into them. What is rare (an error, a value too long for the ring) leaves for functions of this file.
 *
 * @param args expressions of the lifted arguments; a handle is still the shell that stands for it
 * @returns the name of what the guest gets: the value, or for a function with a `result` type `{ tag, val }`
 */
export function foreseenGate(
  out: CodeWriter,
  parts: FusedParts,
  foreseen: ForeseenCall,
  args: readonly string[],
): string {
  const { call, host } = foreseen;
  const rare = rarely(parts, foreseen);
  const intent = out.variable();
  out.line(`let ${intent};`);
  const hostName = out.constant(host);

  // 1. Trust, and how old our knowledge of it is.
  const now = out.keep(`${out.constant(parts.clock)}()`);
  refuseUntrusted(out, parts, now);
  const values = args.map((arg, index) => hostValue(out, parts, call.type.params[index]?.type, arg));
  const list = values.join(", ");

  // 2. Budgets.
  const bytesOut = host.bytesOut === undefined ? "0" : out.keep(`${hostName}.bytesOut(${list})`);
  const exceeded = out.keep(`${out.constant(parts.budgets)}.charge(1, ${bytesOut})`);
  out.line(`if (${exceeded} !== undefined) ${out.constant(rare.overBudget)}(${exceeded});`);

  // 3. The decision has been made. 4. The intent. No record, no call.
  recordIntent(out, parts, foreseen, values, now, intent, rare);
  // The record may have waited for the disk: what is not trusted any more has no effect.
  if (host.durability !== "ring") {
    const later = out.keep(`${out.constant(parts.clock)}()`);
    refuseUntrusted(out, parts, later, `${out.constant(rare.notMade)}(${intent})`);
  }

  // 5. The call.
  const answer = out.variable();
  const failed = out.variable();
  out.line(`let ${answer}, ${failed} = false;`);
  out.block("try", () => out.line(`${answer} = ${hostName}.call(${list});`));
  out.block("catch (error)", () => {
    out.line(`${failed} = true;`);
    out.line(`${answer} = ${out.constant(rare.failed)}(${intent}, error);`);
  });
  out.block(`if (!${failed})`, () => {
    const lowered = loweredValue(out, foreseen, answer);
    // 6. The outcome.
    recordOutcome(out, parts, foreseen, answer, bytesOut, intent, rare);
    out.line(`${answer} = ${call.canFail ? `{ tag: "ok", val: ${lowered} }` : lowered};`);
  });
  // 7. The return. Trust may have gone while the call was blocked: look again.
  out.line(`if (${out.constant(parts.poison)}.end !== undefined) ${out.constant(rare.again)}();`);
  refuseUntrusted(out, parts, out.keep(`${out.constant(parts.clock)}()`));
  return answer;
}

/** @param first what is done before the trap: an expression */
function refuseUntrusted(
  out: CodeWriter,
  { freshness, poison }: FusedParts,
  now: string,
  first = "undefined",
): void {
  const fresh = out.constant(freshness);
  const cells = out.constant(freshness.cells);
  const trap = out.constant((): never => poison.trap({ kind: "untrusted" }));
  out.line(
    `if (Atomics.load(${cells}, 0) !== 0 || (${now} >= ${fresh}.until && !${fresh}.renew(${now}))) { ${first}; ${trap}(); }`,
  );
}

/** Host objects for shells; a handle that is given away ends here. */
function hostValue(
  out: CodeWriter,
  { resources }: FusedParts,
  type: ValueType | undefined,
  value: string,
): string {
  if (type?.kind !== "own" && type?.kind !== "borrow") return value;
  const take =
    type.kind === "borrow"
      ? resources.hostOf
      : (shell: unknown, resource: ResourceType): object => {
          const object = resources.hostOf(shell, resource);
          resources.release(shell);
          return object;
        };
  return out.keep(`${out.constant(take)}(${value}, ${out.constant(type.resource)})`);
}

/** Shells for host objects, before they are recorded, so that the record can name them. */
function loweredValue(out: CodeWriter, { call, returns }: ForeseenCall, value: string): string {
  return returns?.kind === "own" ? out.keep(`${out.constant(call.lowerResult)}(${value})`) : value;
}

function recordIntent(
  out: CodeWriter,
  { ring, resources, evidence }: FusedParts,
  { call, host, decision }: ForeseenCall,
  values: readonly string[],
  now: string,
  intent: string,
  rare: Rarely,
): void {
  const types = call.type.params.map((param) => param.type);
  const site = ring.nameSite(call.import, call.site.function);
  const named = ring.nameDecision(decision);
  const ringName = out.constant(ring);
  const most = out.keep(
    ["9", ...types.map((type, index) => boundCode(type, values[index] ?? ""))].join(" + "),
  );
  out.block("try", () => {
    out.block(`if (${most} > ${ring.mostBytes})`, () =>
      out.line(`${intent} = ${out.constant(rare.longIntent)}([${values.join(", ")}], ${now});`),
    );
    out.block("else", () => {
      const at = out.variable();
      out.line(`let ${at} = ${ringName}.begin(${site}, ${named}, ${now}, ${most});`);
      recordArray(out, { ring, resources }, at, most, types, values);
      out.line(`${ringName}.intent(${at}, ${durabilityLevel[host.durability]});`);
      out.line(`${intent} = ${out.constant(evidence)}.countAllowed();`);
    });
  });
  out.block("catch (error)", () => out.line(`${out.constant(rare.unrecorded)}(error);`));
}

function recordOutcome(
  out: CodeWriter,
  { ring, resources }: FusedParts,
  { host, returns }: ForeseenCall,
  value: string,
  bytesOut: string,
  intent: string,
  rare: Rarely,
): void {
  const ringName = out.constant(ring);
  // A function that returns nothing is recorded as one that returns `undefined`.
  const most = out.keep(`9 + ${returns === undefined ? "1" : boundCode(returns, value)}`);
  out.block("try", () => {
    out.block(`if (${most} > ${ring.mostBytes})`, () =>
      out.line(`${out.constant(rare.longOutcome)}(${intent}, ${value}, ${bytesOut});`),
    );
    out.block("else", () => {
      const at = out.variable();
      out.line(`let ${at} = ${ringName}.beginOutcome(${most});`);
      recordArray(out, { ring, resources }, at, most, [returns], [value]);
      const level = durabilityLevel[host.durability];
      out.line(`${ringName}.outcome(${outcomeNumber.returned}, ${at}, -1, ${bytesOut}, ${level});`);
    });
  });
  out.block("catch (error)", () =>
    out.line(`${out.constant(rare.oddOutcome)}(error, ${intent}, ${value}, ${bytesOut});`),
  );
}

function recordArray(
  out: CodeWriter,
  { ring, resources }: Pick<FusedParts, "ring" | "resources">,
  at: string,
  most: string,
  types: readonly (ValueType | undefined)[],
  values: readonly string[],
): void {
  const context = { out, bytes: out.constant(ring.bytes), at, numberOf: out.constant(resources.idOf) };
  const end = out.keep(`${at} + ${most}`);
  for (const byte of arrayHead(types.length)) out.line(`${context.bytes}[${at}++] = ${byte};`);
  for (const [index, type] of types.entries()) {
    if (type === undefined) out.line(`${context.bytes}[${at}++] = 0xf7;`);
    else recordCode(context, type, values[index] ?? "");
  }
  // Beyond that lies what the writer has not read yet.
  out.line(`if (${at} > ${end}) throw new RangeError("a record is longer than its room");`);
}

/** What an outcome refers to its intent by. */
type Intent = bigint | number;
type Rarely = ReturnType<typeof rarely>;

/** Where generated code goes when something is not as usual. */
function rarely(parts: FusedParts, { call, host, decision }: ForeseenCall) {
  const { poison, evidence } = parts;
  const { durability } = host;
  return {
    unrecorded: (error: unknown): never => unrecordable(poison, error),
    overBudget: (reason: string): never => poison.trap({ kind: "limit", reason }),
    again: (): void => {
      if (poison.end !== undefined) poison.trap(poison.end);
    },
    longIntent(args: readonly unknown[], now: number): Intent {
      const { site } = call;
      const atNs = parts.originNs + BigInt(Math.round(now));
      const nothing = { facts: [], sampled: [] };
      return evidence.intent(
        { interface: call.import, function: site.function, ...nothing, decision, args, atNs },
        durability,
      );
    },
    /** A value that is not of its type is recorded as what it is, and is no good to the guest. */
    oddOutcome(error: unknown, intent: Intent, value: unknown, bytesOut: number): void {
      record(parts, () => {
        if (isWrunError(error)) throw error;
        evidence.outcome(intent, { kind: "returned", value, bytesOut }, durability);
      });
    },
    notMade: (intent: Intent): void => record(parts, () => evidence.outcome(intent, notMade, durability)),
    longOutcome: (intent: Intent, value: unknown, bytesOut: number): void =>
      evidence.outcome(intent, { kind: "returned", value, bytesOut }, durability),
    /** @returns what the guest gets instead of a value */
    failed(intent: Intent, error: unknown): unknown {
      const performed = performedWithError(poison, call, error);
      record(parts, () => evidence.outcome(intent, performed.outcome, durability));
      return returnOrTrap(poison, call, performed);
    },
  };
}
