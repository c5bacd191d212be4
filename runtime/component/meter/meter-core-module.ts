import { isWrunError } from "../../errors/index.js";
import { ByteInput, malformed } from "./byte-input.js";
import { ByteOutput } from "./byte-output.js";
import { FunctionPlan } from "./function-plan.js";
import { FunctionScan } from "./function-scan.js";
import { FunctionWriter } from "./function-writer.js";
import { createModuleIndex, type ModuleIndex } from "./module-index.js";
import {
  readFunctions,
  readMemories,
  readTags,
  section,
  writeData,
  writeElements,
  writeExports,
  writeGlobals,
  writeImports,
  writeTables,
  writeTypes,
} from "./sections.js";

/**
 * Rewrites a core module so that it counts its own fuel and the depth of its calls, and traps where either is used up.
 *
 * The result imports one thing more, the counter (`counter.ts`), behind all other imports. Functions, tables, memories and
 * types keep their numbers; custom sections are left out, since what they say of offsets would no longer be true. Behaviour
 * is that of the input until the trap, which no handler of exceptions catches.
 *
 * @param bytes a core module, which the engine must accept as it is
 * @returns a module of its own; `bytes` is not changed
 * @throws WrunError `CORE_MODULE_MALFORMED`, or `CORE_FEATURE_REFUSED` for what cannot be metered or is not run at all:
 *   shared and 64-bit memories, garbage collection, relaxed vectors, and every instruction that is not known
 */
export function meterCoreModule(bytes: Uint8Array): Uint8Array {
  // What follows relies on numbers that are well formed and on indices that exist.
  if (!WebAssembly.validate(bytes)) {
    // An engine that does not know a feature could not name it.
    refuseCoreFeatures(bytes);
    throw malformed("is not valid, or uses what this version of Node does not know");
  }
  return rewrite(bytes);
}

/**
 * Refuses a module for what it uses, whether it is to be metered or not. It need not be valid: what is wrong with it
 * otherwise is left to the engine.
 *
 * @throws WrunError `CORE_FEATURE_REFUSED`, which names the feature
 */
export function refuseCoreFeatures(bytes: Uint8Array): void {
  try {
    rewrite(bytes);
  } catch (error) {
    if (isWrunError(error) && error.code === "CORE_FEATURE_REFUSED") throw error;
  }
}

function rewrite(bytes: Uint8Array): Uint8Array {
  const out = new ByteOutput(bytes.length * 2 + 1024);
  const index = createModuleIndex();
  const input = new ByteInput(bytes);
  input.skip(8);
  out.copy(bytes, 0, 8);
  let hasImports = false;
  while (!input.done) {
    const id = input.byte();
    const content = input.slice(input.u32());
    if (id === section.custom) continue;
    // Types come before the imports, and everything else after them.
    if (!hasImports && id !== section.type) {
      hasImports = true;
      const imports = id === section.import ? content : noContent();
      frame(section.import, imports, out, () => writeImports(imports, out, index));
      if (id === section.import) continue;
    }
    frame(id, content, out, () => writeSection(id, content, out, index));
  }
  if (!hasImports) {
    const imports = noContent();
    frame(section.import, imports, out, () => writeImports(imports, out, index));
  }
  return out.toBytes();
}

/** The content of a section that a module does not have: none of whatever would be in it. */
function noContent(): ByteInput {
  return new ByteInput(Uint8Array.of(0));
}

function frame(id: number, content: ByteInput, out: ByteOutput, write: () => void): void {
  // Outside of code, numbers that are one higher and types that are appended at most double a section.
  out.reserve((content.end - content.position) * 2 + 128);
  out.byte(id);
  const length = out.openLength();
  write();
  out.closeLength(length);
}

function writeSection(id: number, content: ByteInput, out: ByteOutput, index: ModuleIndex): void {
  switch (id) {
    case section.type:
      return writeTypes(content, out, index);
    case section.table:
      return writeTables(content, out, index);
    case section.global:
      return writeGlobals(content, out, index);
    case section.export:
      return writeExports(content, out, index);
    case section.element:
      return writeElements(content, out, index);
    case section.code:
      return writeCode(content, out, index);
    case section.data:
      return writeData(content, out, index);
    case section.function:
      readFunctions(copyOf(content, out), index);
      return undefined;
    case section.memory:
      return readMemories(copyOf(content, out));
    case section.tag:
      return readTags(copyOf(content, out), index);
    case section.start:
    case section.dataCount:
      copyOf(content, out);
      return undefined;
    default:
      throw malformed(`has a section of an unknown kind (${id})`);
  }
}

/** Copies a section that stays as it is, and gives it back to be read. */
function copyOf(content: ByteInput, out: ByteOutput): ByteInput {
  out.copy(content.bytes, content.position, content.end);
  return content;
}

function writeCode(content: ByteInput, out: ByteOutput, index: ModuleIndex): void {
  const plan = new FunctionPlan();
  const scan = new FunctionScan(index, plan);
  const writer = new FunctionWriter(out, plan, index);
  const count = content.u32();
  out.u32(count);
  for (let number = 0; number < count; number += 1) {
    const type = index.types[index.functions[index.importedFunctions + number] ?? -1];
    if (type === undefined) throw malformed("has a function without a type");
    const length = content.u32();
    const start = content.position;
    content.skip(length);
    scan.scan(content.bytes, start, content.position, type);
    writer.write(content.bytes, start, content.position, type);
  }
}
