import { type ByteInput, malformed } from "../meter/byte-input.js";
import { section } from "../meter/sections.js";
import { mostValues, tooCostly } from "./engine-limits.js";

/** How many values a function or a block takes and gives. */
export interface Signature {
  readonly params: number;
  readonly results: number;
}

/** What the sections before the code say that reading code needs, by index, imported ones first. */
export class ModuleShape {
  readonly types: Signature[] = [];
  readonly functions: number[] = [];
  readonly tags: number[] = [];
  importedFunctions = 0;

  typeAt(index: number | undefined): Signature {
    const type = index === undefined ? undefined : this.types[index];
    if (type === undefined) throw malformed("refers to a type that it does not have");
    return type;
  }

  /** Takes what a section says, if it is one of these. */
  read(id: number, content: ByteInput): void {
    if (id === section.type) this.#readTypes(content);
    else if (id === section.import) this.#readImports(content);
    else if (id === section.function) this.#readFunctions(content);
    else if (id === section.tag) this.#readTags(content);
  }

  #readTypes(input: ByteInput): void {
    for (let left = input.u32(); left > 0; left -= 1) {
      const start = input.position;
      if (input.byte() !== 0x60) throw malformed("has a type of an unknown form");
      const params = input.u32();
      for (let param = 0; param < params; param += 1) input.valueType();
      const results = input.u32();
      for (let result = 0; result < results; result += 1) input.valueType();
      if (params > mostValues || results > mostValues)
        throw tooCostly(
          start,
          `a type has ${Math.max(params, results)} parameters or results, the limit is ${mostValues}`,
        );
      this.types.push({ params, results });
    }
  }

  #readImports(input: ByteInput): void {
    for (let left = input.u32(); left > 0; left -= 1) {
      input.name();
      input.name();
      this.#readImport(input, input.byte());
    }
  }

  #readImport(input: ByteInput, kind: number): void {
    if (kind === 0) {
      this.functions.push(input.u32());
      this.importedFunctions += 1;
      return;
    }
    if (kind === 4) return this.#readTag(input);
    if (kind > 4) throw malformed("has an import of an unknown kind");
    if (kind !== 2) input.valueType();
    if (kind === 3) return input.skip(1);
    const hasMaximum = (input.byte() & 1) !== 0;
    input.skipNumber();
    if (hasMaximum) input.skipNumber();
  }

  #readFunctions(input: ByteInput): void {
    for (let left = input.u32(); left > 0; left -= 1) this.functions.push(input.u32());
  }

  #readTags(input: ByteInput): void {
    for (let left = input.u32(); left > 0; left -= 1) this.#readTag(input);
  }

  #readTag(input: ByteInput): void {
    input.skip(1);
    this.tags.push(input.u32());
  }
}
