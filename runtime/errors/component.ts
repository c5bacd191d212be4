import type { ErrorEntry } from "./entry.js";

export const componentErrors = {
  COMPONENT_NOT_WASM: {
    exit: "input",
    message: "this is not a WebAssembly component: {reason}",
    next: "{advice}",
  },
  COMPONENT_MALFORMED: {
    exit: "input",
    message: "the component is malformed at offset {offset}: {reason}",
    next: "Build or download it again; if it was just built, check it with the tool that built it.",
  },
  COMPONENT_UNSUPPORTED: {
    exit: "input",
    message: "the component uses something that wrun does not run, at offset {offset}: {reason}",
    next: "Build it for WASI 0.2, without asynchronous, garbage-collected, shared-memory or 64-bit-memory features.",
  },
  COMPONENT_TOO_COMPLEX: {
    exit: "input",
    message: "the component would cost too much to read or to compile, at offset {offset}: {reason}",
    next: "Split it, or what is named there; docs/limits.md has all limits.",
  },
  COMPONENT_CORE_MODULE: {
    exit: "input",
    message: "this is a core WebAssembly module that cannot be made a component: {reason}",
    next: "Build it for wasm32-wasip2, or for WASI 0.1 (wasm32-wasip1) as a command or a reactor.",
  },
  COMPONENT_ADAPT_FAILED: {
    exit: "input",
    message: "this core module of WASI 0.1 could not be adapted to a component: {reason}",
    next: "Check that it is a complete module that other WASI runtimes accept, or build it for wasm32-wasip2.",
  },
  COMPONENT_LINK_FAILED: {
    exit: "input",
    message: "component {digest} could not be prepared to run: {reason}",
    next: "Check that it is valid with the tool that built it.",
  },
  COMPONENT_TOOLCHAIN_TIMEOUT: {
    exit: "input",
    message: "preparing the component took longer than {seconds} seconds and was stopped",
    next: "Try a smaller component, or a machine that is less busy.",
  },
  COMPONENT_TOOLCHAIN_MISSING: {
    exit: "internal",
    message: "a part of wrun that prepares components is missing: {path}",
    next: "Install wrun again, or run npm run build in a checkout.",
  },
  COMPONENT_UNSIGNED: {
    exit: "refused",
    message: "{name} is not signed",
    next: "Sign and push a file with `wrun publish`, and what is in a registry already with `wrun sign`; to run a file of your own, pass --allow-unsigned.",
  },
  COMPONENT_SIGNATURE_REFUSED: {
    exit: "refused",
    message: "no signature of {name} is acceptable: {reason}",
    next: "Check with `wrun verify` who signed it, and trust that publisher if you mean to.",
  },
  COMPONENT_MANIFEST_REFUSED: {
    exit: "refused",
    message: "the manifest of {name} does not describe one WebAssembly component: {reason}",
    next: "Publish it again with `wrun publish`.",
  },
  COMPONENT_CONTENT_MISMATCH: {
    exit: "refused",
    message: "the content of {name} is not what its manifest says: {reason}",
    next: "Do not run it. Pull it again; if it fails again, the registry or the network changed it.",
  },
  WAVE_SYNTAX: {
    exit: "usage",
    message: "column {column}: {reason}",
    next: 'Values are written in WAVE, for example: greet("Ada", [1, 2], some(true)).',
  },
  WAVE_VALUE: {
    exit: "internal",
    message: "a value of the component does not fit its type, {type}",
    next: "Please report this with the component that you called.",
  },
} as const satisfies Record<string, ErrorEntry>;
