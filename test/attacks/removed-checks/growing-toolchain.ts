import { parentPort } from "node:worker_threads";

/*
 * The toolchain's worker, whose memories are asked to grow to all that there is once it has answered. They are not written
 * to, so that this costs addresses only. Posts how large they became.
 */

const memories = new Set<WebAssembly.Memory>();
const { instantiate } = WebAssembly;
const observed = async (module: WebAssembly.Module, imports?: WebAssembly.Imports) => {
  const instance = await instantiate(module, imports);
  for (const item of Object.values(instance.exports))
    if (item instanceof WebAssembly.Memory) memories.add(item);
  return instance;
};
Object.assign(WebAssembly, { instantiate: observed });

function grownFully(memory: WebAssembly.Memory): number {
  for (let pages = 65_536; pages >= 1; pages >>= 1) {
    try {
      memory.grow(pages);
      pages <<= 1;
    } catch {
      // As many are not to be had; half of them may be.
    }
  }
  return memory.buffer.byteLength;
}

if (parentPort === null) throw new Error("this module is the entry of a worker");
const port = parentPort;
const post = port.postMessage.bind(port);
port.postMessage = (answer: unknown) => {
  post(answer);
  post({ grown: [...memories].map(grownFully) });
};
void import("../../../runtime/component/toolchain-worker.js");
