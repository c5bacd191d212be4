import { _setPreopens } from "@bytecodealliance/preview2-shim/filesystem";

// An entry point of its own, started as a child process: `jco` reads WIT folders through the WASI shim, which by
// itself offers no files. This process runs no guest that anyone else wrote.
// The package declares the types of its browser version, where a preopen is not a path.
_setPreopens({ "/": "/" } as never);
await import(new URL("jco.js", import.meta.resolve("@bytecodealliance/jco")).href);
