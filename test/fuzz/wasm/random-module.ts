import { type Random, randomFrom } from "../random.js";
import {
  f32,
  f64,
  functionType,
  header,
  i32,
  i64,
  type Numeric,
  s64,
  section,
  type Signature,
  text,
  u32,
  vector,
} from "./encode.js";
import type { EngineFeatures } from "./features.js";
import { RandomBody } from "./random-body.js";
import type { Surroundings } from "./surroundings.js";

/** One random module, twice: as it is, and with code that adds up what each instruction costs as it is executed. */
export interface RandomModule {
  readonly plain: Uint8Array;
  readonly counting: Uint8Array;
  /** Signatures of the exported functions `f0`, `f1` … in their order. */
  readonly exports: readonly Signature[];
}

const numeric: readonly Numeric[] = [i32, i64, f32, f64];
const importedFunctions: readonly Signature[] = [
  { params: [i32], results: [i32] },
  { params: [i64, f64], results: [f64] },
];

/** The host's side of the imports. */
export function hostOf(): WebAssembly.Imports {
  return {
    host: {
      h0: (value: number) => (value * 3 + 1) | 0,
      h1: (a: bigint, b: number) => Number(BigInt.asIntN(16, a)) + b,
      g: 5,
    },
  };
}

export function randomModule(random: Random, engine: EngineFeatures): RandomModule {
  // An engine that has both kinds of exceptions takes a module with one of them.
  const older = engine.legacyExceptions && (!engine.exceptions || random.below(2) === 0);
  const features = { ...engine, legacyExceptions: older, exceptions: engine.exceptions && !older };
  const types = (most: number): Numeric[] =>
    Array.from({ length: random.below(most + 1) }, () => random.pick(numeric));
  const own: Signature[] = Array.from({ length: 3 + random.below(3) }, () => ({
    params: types(3),
    results: types(3),
  }));
  const signatures = [...importedFunctions, ...own];
  const defined = Array.from({ length: 2 + random.below(5) }, () => 2 + random.below(own.length));
  const around: Surroundings = {
    features,
    signatures,
    caughtType: signatures.length + 1,
    functions: [0, 1, ...defined],
    // One global is imported; the others follow.
    globals: { budget: 1, spent: 2, thrown: 3, free: { [i32]: 4, [i64]: 5, [f32]: 6, [f64]: 7 } },
  };
  const bodySeeds = defined.map(() => random.below(0x7fff_ffff));
  const write = (counts: boolean): Uint8Array =>
    assemble(
      around,
      defined,
      defined.map((type, index) => {
        const signature = signatures[type];
        if (signature === undefined) throw new RangeError(`no type ${type}`);
        return new RandomBody(randomFrom(bodySeeds[index] ?? 0, index), around, signature, counts).write();
      }),
    );
  return {
    plain: write(false),
    counting: write(true),
    exports: defined.map((type) => signatures[type] ?? { params: [], results: [] }),
  };
}

function assemble(
  { features, signatures, functions }: Surroundings,
  defined: readonly number[],
  bodies: readonly (readonly number[])[],
): Uint8Array {
  const tagType = functionType({ params: [i32], results: [] });
  const caught = [0x60, 0, 2, i32, 0x69];
  const types = [...signatures.map(functionType), tagType, ...(features.exceptions ? [caught] : [])];
  const hasTags = features.exceptions || features.legacyExceptions;
  const everyFunction = functions.map((_, index) => u32(index));
  const bytes = [
    ...header,
    ...section(1, vector(types)),
    ...section(
      2,
      vector([
        [...text("host"), ...text("h0"), 0, 0],
        [...text("host"), ...text("h1"), 0, 1],
        [...text("host"), ...text("g"), 3, i32, 0],
      ]),
    ),
    ...section(3, vector(defined.map(u32))),
    ...section(4, vector([[0x70, 1, 12, 20]])),
    ...section(5, vector([[1, 1, 3]])),
    ...(hasTags ? section(13, vector([[0, ...u32(signatures.length)]])) : []),
    ...section(
      6,
      vector([
        [i32, 1, 0x41, ...s64(300n), 0x0b],
        [i64, 1, 0x42, 0, 0x0b],
        [i32, 1, 0x41, 0, 0x0b],
        [i32, 1, 0x23, 0, 0x0b],
        [i64, 1, 0x42, 9, 0x0b],
        [f32, 1, 0x43, 0, 0, 0x20, 0x41, 0x0b],
        [f64, 1, 0x44, 0, 0, 0, 0, 0, 0, 0x14, 0x40, 0x0b],
      ]),
    ),
    ...section(
      7,
      vector([
        [...text("memory"), 2, 0],
        ...["budget", "spent", "thrown", "i", "l", "f", "d"].map((name, index) => [
          ...text(name),
          3,
          index + 1,
        ]),
        ...functions.map((_, index) => [
          ...text(index < 2 ? `h${index}` : `f${index - 2}`),
          0,
          ...u32(index),
        ]),
      ]),
    ),
    ...section(
      9,
      vector([
        [0, 0x41, 0, 0x0b, ...vector(everyFunction)],
        [1, 0, ...vector(everyFunction)],
        [4, 0x41, 0, 0x0b, ...vector([[0xd2, 0, 0x0b]])],
      ]),
    ),
    ...section(12, [2]),
    ...section(10, vector(bodies)),
    ...section(
      11,
      vector([
        [0, 0x23, 0, 0x0b, ...text("some data of the module")],
        [1, ...text("passive data, longer than any range of it")],
      ]),
    ),
  ];
  return Uint8Array.from(bytes);
}
