import { WrunError } from "../errors/index.js";
import type { Wasi01Kind } from "./adapters.js";
import { decodeCoreModule } from "./decode/index.js";
import type { CoreModuleInfo } from "./decode/index.js";

export type Detected =
  | { readonly kind: "component" }
  | { readonly kind: "wasi-0.1"; readonly start: Wasi01Kind };

const wasi01 = "wasi_snapshot_preview1";

/**
 * Says what a file is by its first bytes and, for a core module, by its imports and exports. Throws
 * `COMPONENT_NOT_WASM` for what is not WebAssembly, `COMPONENT_CORE_MODULE` for a core module that is not one of
 * WASI 0.1, and what reading a core module throws. That a component is well-formed is not looked at here.
 */
export function detect(bytes: Uint8Array): Detected {
  if (!startsWith(bytes, [0x00, 0x61, 0x73, 0x6d])) throw notWasm(bytes);
  if (bytes.length < 8)
    throw refuse("it ends after the first few bytes of WebAssembly", "Download or build it again.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const version = view.getUint16(4, true);
  const layer = view.getUint16(6, true);
  if (layer === 1) {
    if (version === 0x0d) return { kind: "component" };
    const advice = "Build it with tools that make components of WASI 0.2.";
    throw refuse(`it is a component of format ${version}, not 13`, advice);
  }
  if (layer === 0 && version === 1) return { kind: "wasi-0.1", start: wasi01Kind(decodeCoreModule(bytes)) };
  throw refuse(
    `its WebAssembly version (${version}, layer ${layer}) is unknown`,
    "Build it with current tools.",
  );
}

function wasi01Kind(module: CoreModuleInfo): Wasi01Kind {
  const foreign = module.imports.find((item) => item.module !== wasi01);
  if (foreign !== undefined) {
    const hint = foreign.module === "wasi_unstable" ? " (WASI 0.0, which is older than 0.1)" : "";
    throw core(`it imports '${foreign.name}' from '${foreign.module}'${hint}, which WASI 0.1 does not have`);
  }
  const functions = new Set(module.exports.filter((item) => item.kind === "func").map((item) => item.name));
  const memory = module.exports.some((item) => item.kind === "memory" && item.name === "memory");
  if (!memory) throw core("it does not export its memory as 'memory'");
  if (functions.has("_start")) return "command";
  if (functions.has("_initialize")) return "reactor";
  throw core("it exports neither '_start' (a command of WASI 0.1) nor '_initialize' (a reactor)");
}

interface Kind {
  readonly start: readonly number[];
  readonly reason: string;
  readonly advice: string;
}

const unpack = "Unpack it and give the .wasm file inside.";
const native = "Build the program for wasm32-wasip2.";
const known: readonly Kind[] = [
  { start: [0x1f, 0x8b], reason: "it is a gzip archive", advice: unpack },
  { start: [0x28, 0xb5, 0x2f, 0xfd], reason: "it is a zstd archive", advice: unpack },
  { start: [0x50, 0x4b, 0x03, 0x04], reason: "it is a zip archive", advice: unpack },
  { start: [0xfd, 0x37, 0x7a, 0x58, 0x5a], reason: "it is an xz archive", advice: unpack },
  { start: [0x42, 0x5a, 0x68], reason: "it is a bzip2 archive", advice: unpack },
  { start: [0x7f, 0x45, 0x4c, 0x46], reason: "it is a native Linux program", advice: native },
  { start: [0x4d, 0x5a], reason: "it is a native Windows program", advice: native },
  { start: [0xcf, 0xfa, 0xed, 0xfe], reason: "it is a native macOS program", advice: native },
];

function notWasm(bytes: Uint8Array): WrunError {
  if (bytes.length === 0)
    return refuse("the file is empty", "Check that building or downloading it finished.");
  if (bytes.length < 4 && startsWith(Uint8Array.of(0x00, 0x61, 0x73, 0x6d), [...bytes])) {
    return refuse("it ends after the first few bytes of WebAssembly", "Download or build it again.");
  }
  const found = known.find((kind) => startsWith(bytes, kind.start));
  if (found !== undefined) return refuse(found.reason, found.advice);
  const text = textStart(bytes);
  if (text === undefined) return refuse("it is binary data of another kind", "Give a .wasm file.");
  if (/^\s*(?:;;[^\n]*\n\s*)*\((?:module|component)\b/.test(text)) {
    return refuse(
      "it is WebAssembly text",
      "Make a binary of it first, for example with `wasm-tools parse`.",
    );
  }
  if (/^\s*\{/.test(text)) {
    return refuse(
      "it is JSON",
      "To run an artifact from a registry, give its name and not a file of its manifest.",
    );
  }
  if (/^\s*<(?:!doctype|html)/i.test(text)) {
    return refuse(
      "it is a web page",
      "The download was answered with a page; check the address and your login.",
    );
  }
  if (/^\s*(?:package|world|interface)\s/.test(text)) {
    return refuse("it is a WIT file", "Give the component that was built for it.");
  }
  return refuse("it is a text file", "Give a .wasm file.");
}

/** The beginning as text, if it is text. */
function textStart(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder("utf-8").decode(bytes.subarray(0, 1024), { stream: true });
  return /[^\P{Cc}\t\n\f\r]|\ufffd/u.test(text) ? undefined : text;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return bytes.length >= start.length && start.every((byte, index) => bytes[index] === byte);
}

function refuse(reason: string, advice: string): WrunError {
  return new WrunError("COMPONENT_NOT_WASM", { reason, advice });
}

function core(reason: string): WrunError {
  return new WrunError("COMPONENT_CORE_MODULE", { reason });
}
