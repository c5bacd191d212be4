/** Beside what the runtime declares of the WebAssembly JavaScript interface. */
declare global {
  namespace WebAssembly {
    function validate(bytes: Uint8Array): boolean;
  }
}

export {};
