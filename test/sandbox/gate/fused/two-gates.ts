import type { FunctionType, ResourceType } from "../../../../runtime/component/wit-types.js";
import { CallRing } from "../../../../runtime/lineage/ring/call-ring.js";
import { Doorbell } from "../../../../runtime/lineage/ring/doorbell.js";
import { createRing, partKind, RingMemory } from "../../../../runtime/lineage/ring/layout.js";
import { RingReader } from "../../../../runtime/lineage/ring/ring-reader.js";
import { createBudgets } from "../../../../runtime/policy/run/budgets.js";
import type { Decision } from "../../../../runtime/policy/types.js";
import { bindCall } from "../../../../runtime/sandbox/gate/call-site.js";
import { foresee } from "../../../../runtime/sandbox/gate/fused/foresee.js";
import { type FusedParts, foreseenGate } from "../../../../runtime/sandbox/gate/fused/gate-code.js";
import { createFreshness, createGateClock } from "../../../../runtime/sandbox/gate/fused/gate-clock.js";
import { createGate } from "../../../../runtime/sandbox/gate/gate.js";
import { fuseLowering } from "../../../../runtime/sandbox/gate/lowering/fuse-lowering.js";
import type { GuestEnd } from "../../../../runtime/sandbox/gate/poison.js";
import { createPoison } from "../../../../runtime/sandbox/gate/poison.js";
import { createResourceTable, type ResourceTable } from "../../../../runtime/sandbox/gate/resources.js";
import { type HostFunctionDefinition, hostFunction } from "../../../../runtime/sandbox/host-function.js";
import { createEvidence } from "../../../../runtime/sandbox/worker/evidence.js";
import { createTrustWord, type TrustWord } from "../../../../runtime/trust/trust-word.js";
import { denyUndecided } from "../deny-undecided.js";
import { uncounted } from "../../../attacks/uncounted.js";

export const thing: ResourceType = { name: "thing", interface: "acme:bank/ledger" };

/** One function behind one of the two gates, and what came of calling it. */
export interface Behind {
  readonly call: (...values: unknown[]) => unknown;
  readonly memory: WebAssembly.Memory;
  readonly trust: TrustWord;
  readonly ring: CallRing;
  readonly resources: ResourceTable;
  readonly handles: (object: object) => number;
  end(): GuestEnd | undefined;
  counts(): { readonly allowed: number; readonly denied: number };
  /** What was published, without times: kind, flags and content of each part. */
  parts(): string[];
  /** Whether the gate's code is that of a foreseen call. */
  readonly isForeseen: boolean;
  exit(code: number): never;
}

export interface Setting {
  readonly type: FunctionType;
  readonly host: (behind: {
    readonly exit: (code: number) => never;
    readonly trust: TrustWord;
  }) => HostFunctionDefinition;
  readonly decision?: Decision;
  readonly limits?: Partial<Record<"hostCalls" | "bytesOut" | "lineage", number>>;
  readonly isLimited?: boolean;
  readonly looksAtArguments?: boolean;
}

const allow: Decision = { verdict: "allow", rule: "any", onViolation: "deny", reason: "it is allowed" };
const flag = 1 << 30;

/** The class of all shells; the table of handles only looks at its prototype. */
const Shell = function shell() {} as unknown as new () => object;

/** The same function behind the gate that decides at each call, and behind generated code. */
export function behindBothGates(setting: Setting): { readonly asked: Behind; readonly fused: Behind } {
  return { asked: behind(setting, false), fused: behind(setting, true) };
}

function behind(setting: Setting, isFused: boolean): Behind {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const ringMemory = new RingMemory(createRing(256 * 1024));
  const ring = new CallRing(ringMemory, new Doorbell());
  const reader = new RingReader(ringMemory);
  const trust = createTrustWord();
  const originNs = process.hrtime.bigint();
  trust.extendDeadline(originNs + 3_600_000_000_000n);
  const poison = createPoison();
  const resources = createResourceTable(() => Shell, uncounted);
  const evidence = createEvidence(ring, originNs, () => undefined);
  evidence.nameHandlesBy(resources.idOf);
  const parts: FusedParts = {
    trust,
    policy: {
      decide: () => setting.decision ?? allow,
      denyUndecided,
      looksAtArguments: () => setting.looksAtArguments ?? false,
    },
    budgets: createBudgets(
      { hostCalls: 1000, bytesOut: 1_000_000, lineage: 1_000_000, ...setting.limits },
      evidence.factBytes,
    ),
    rates: { take: () => undefined, isLimited: () => setting.isLimited ?? false },
    evidence,
    poison,
    now: () => process.hrtime.bigint(),
    ring,
    clock: createGateClock(originNs),
    originNs,
    freshness: createFreshness(trust, originNs),
    resources,
  };
  const exit = (code: number): never => poison.trap({ kind: "exit", code });
  const definition = setting.host({ exit, trust });
  const call = bindCall("acme:bank/ledger@1.0.0", "quote", setting.type, hostFunction(definition), resources);
  const gate = createGate(parts);
  const foreseen = foresee(parts, call);
  const handles: number[] = [flag, 0];
  const shells = new Map<number, object>();
  let shellCount = 0;
  const createOwn = (table: number[], representation: number): number => {
    table.push(0, representation | flag);
    return table.length / 2 - 1;
  };
  const core = fuseLowering(
    {
      interfaceName: "acme:bank/ledger@1.0.0",
      functionName: "quote",
      stringEncoding: "utf8",
      memory: () => memory,
      realloc: () => allocator(),
      flags: () => ({ value: 1 }),
      tables: () => [
        {
          shellClass: Shell,
          handles,
          created: new Set(),
          shells,
          nextRepresentation: () => ++shellCount,
          createOwn,
          remove: (table, handle) => {
            table[handle * 2] = flag;
          },
        },
      ],
    },
    setting.type,
    (out, args) => {
      if (isFused && foreseen !== undefined) return foreseenGate(out, parts, foreseen, args);
      const enter = (values: readonly unknown[]): unknown => gate(call, values);
      return out.keep(`${out.constant(enter)}([${args.join(", ")}])`);
    },
    poison,
    () => Shell,
    uncounted,
  ) as (...values: unknown[]) => unknown;
  return {
    call: core,
    memory,
    trust,
    ring,
    resources,
    handles(object) {
      shells.set(++shellCount, resources.shellOf(object, thing));
      return createOwn(handles, shellCount);
    },
    end: () => poison.end,
    counts: () => evidence.counts(),
    parts: () => readParts(reader),
    isForeseen: foreseen !== undefined,
    exit,
  };
}

function allocator(): (pointer: number, size: number, align: number, newSize: number) => number {
  let next = 128 * 1024;
  return (_pointer, _size, align, newSize) => {
    const at = Math.ceil(next / align) * align;
    next = at + newSize;
    return at;
  };
}

/** The clock of an intent is at 8; everything else of a part is the same for the same call. */
function readParts(reader: RingReader): string[] {
  const parts: string[] = [];
  for (let head = reader.next(); head !== 0; head = reader.next()) {
    const bytes = Buffer.from(reader.bytes.subarray(reader.at, reader.end));
    // Generated code sends its names when it is made, and not with the first call.
    if ((head & 0xff) === partKind.name) continue;
    if ((head & 0xff) === partKind.intent) bytes.fill(0, 8, 16);
    parts.push(bytes.toString("hex"));
    reader.release();
  }
  return parts;
}
