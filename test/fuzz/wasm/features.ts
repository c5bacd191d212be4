import { header, i32, section, u32, vector } from "./encode.js";

/** Which instructions this engine accepts, beyond those that every engine in use has. */
export interface EngineFeatures {
  readonly tailCalls: boolean;
  /** `try` and `catch`, the older form. */
  readonly legacyExceptions: boolean;
  /** `try_table`, and references to exceptions. */
  readonly exceptions: boolean;
}

export function engineFeatures(): EngineFeatures {
  return {
    tailCalls: accepts([0x12, 0]),
    legacyExceptions: accepts([0x06, 0x40, 0x19, 0x0b, 0x41, 0]),
    exceptions: accepts([0x02, 0x40, 0x1f, 0x40, 1, 2, 0, 0x0b, 0x0b, 0x41, 0]),
  };
}

function accepts(code: readonly number[]): boolean {
  const body = [0, ...code, 0x0b];
  return WebAssembly.validate(
    Uint8Array.from([
      ...header,
      ...section(1, vector([[0x60, 0, 1, i32]])),
      ...section(3, vector([[0]])),
      ...section(10, vector([[...u32(body.length), ...body]])),
    ]),
  );
}
