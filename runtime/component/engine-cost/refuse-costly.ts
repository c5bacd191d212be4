import { ByteInput } from "../meter/byte-input.js";
import { section } from "../meter/sections.js";
import { codeLimits, functionLimits, mostGlueBytes, tooCostly } from "./engine-limits.js";
import { FunctionScan } from "./function-scan.js";
import { ModuleShape } from "./module-shape.js";

/** Where a core module is in a file, in bytes. */
export interface ModuleRange {
  readonly offset: number;
  readonly length: number;
}

type Total = keyof typeof codeLimits;

/** Sections that begin with how many things are in them. */
const counted: Readonly<Record<number, Total>> = {
  [section.type]: "types",
  [section.import]: "imports",
  [section.function]: "functions",
  [section.table]: "tables",
  [section.global]: "globals",
  [section.export]: "exports",
  [section.element]: "segments of elements",
  [section.data]: "segments of data",
  [section.tag]: "tags",
};

const units: Partial<Record<Total, string>> = {
  bytes: "bytes of code",
  work: "units of work for a compiler",
};

/**
 * Refuses core modules that would cost the engine too much, in one pass over their code. It comes before anything compiles
 * or validates them.
 *
 * @param modules those of one component: some limits are for all of them together
 * @throws WrunError `COMPONENT_TOO_COMPLEX`, which names what is exceeded, by what, and the limit; for code that cannot be
 *   read `CORE_MODULE_MALFORMED` or `CORE_FEATURE_REFUSED`
 */
export function refuseCostlyModules(bytes: Uint8Array, modules: readonly ModuleRange[]): void {
  const totals = new Map<Total, number>();
  const add = (what: Total, count: number, at: number): void => {
    const total = (totals.get(what) ?? 0) + count;
    totals.set(what, total);
    const unit = units[what] ?? what;
    if (total > codeLimits[what])
      throw tooCostly(at, `it has ${total} ${unit}, the limit is ${codeLimits[what]}`);
  };
  for (const { offset, length } of modules) {
    const input = new ByteInput(bytes, offset, offset + length);
    const shape = new ModuleShape();
    input.skip(8);
    while (!input.done) {
      const at = input.position;
      const id = input.byte();
      const content = input.slice(input.u32());
      const what = counted[id];
      if (what !== undefined) add(what, countOf(content), at);
      if (id === section.code) {
        add("bytes", content.end - content.position, at);
        readCode(content, shape, (work) => add("work", work, at));
      } else shape.read(id, content);
    }
  }
}

/** @throws WrunError `COMPONENT_TOO_COMPLEX` */
export function refuseCostlyGlue(bytes: Uint8Array): void {
  if (bytes.length > mostGlueBytes)
    throw tooCostly(0, `the code that links it has ${bytes.length} bytes, the limit is ${mostGlueBytes}`);
}

function countOf({ bytes, position, end }: ByteInput): number {
  return new ByteInput(bytes, position, end).u32();
}

function readCode(content: ByteInput, shape: ModuleShape, addWork: (work: number) => void): void {
  const scan = new FunctionScan(shape);
  const count = content.u32();
  for (let number = 0; number < count; number += 1) {
    const index = shape.importedFunctions + number;
    const start = content.position;
    const length = content.u32();
    const refuseOver = (what: keyof typeof functionLimits, value: number, unit: string): void => {
      const limit = functionLimits[what];
      if (value > limit)
        throw tooCostly(start, `function ${index} has ${value} ${unit}, the limit is ${limit}`);
    };
    refuseOver("bytes", length, "bytes of code");
    const cost = scan.scan(content.slice(length), shape.typeAt(shape.functions[index]));
    refuseOver("locals", cost.locals, "locals");
    refuseOver("depth", cost.depth, "blocks in one another");
    refuseOver("loops", cost.loops, "loops");
    refuseOver("loopDepth", cost.loopDepth, "loops in one another");
    refuseOver("conditions", cost.conditions, "conditional branches");
    refuseOver("meeting", cost.meeting, "branches to one place");
    refuseOver("indirectCalls", cost.indirectCalls, "indirect calls");
    refuseOver("work", cost.work, "units of work for a compiler");
    addWork(cost.work);
  }
}
