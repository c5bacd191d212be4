/**
 * Embedders that need a process of their own. Arguments: which one, a home, and a guest's file. Prints one line of JSON.
 */
import { readFile } from "node:fs/promises";
import { isProven, type RunEvent } from "../../runtime/index.js";
import { openHost } from "./embedding-examples.js";

const [mode = "", home = "", guest = ""] = process.argv.slice(2);
const runtime = await openHost(home);
const request = {
  component: { kind: "bytes", name: "guest.wasm", bytes: await readFile(guest), allowUnsigned: true },
  policy: {
    bytes: Buffer.from(
      'apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: child }\nlimits: { wall: 60s }\nallow: [{ interface: "wasi:cli/stdout" }]\n',
    ),
    name: "child.yaml",
  },
} as const;

switch (mode) {
  /** Closes, and does nothing about ending the process. */
  case "close": {
    const { outcome } = await runtime.run(request);
    runtime.close();
    print({ outcome });
    break;
  }
  /** Closes while a guest spins. */
  case "close-early": {
    const started = defer();
    const run = await runtime.start({
      ...request,
      onEvent: ({ type }) => type === "started" && started.resolve(),
    });
    await started.promise;
    runtime.close();
    print({ outcome: (await run.finished).outcome });
    break;
  }
  /** Every callback throws, and a revocation must stop a guest that spins all the same. */
  case "throw": {
    const uncaught: string[] = [];
    process.on("uncaughtException", (error: Error) => uncaught.push(error.message));
    const started = defer();
    const run = await runtime.start({
      ...request,
      onEvent({ type }: RunEvent) {
        if (type === "started") started.resolve();
        throw new Error(type);
      },
    });
    await started.promise;
    const { digest } = await runtime.verify(request.component);
    await runtime.revoke({ kind: "component", id: digest, reason: "a test" });
    const { outcome } = await run.finished;
    const [report] = await runtime.verifyLineage(run.id);
    await new Promise((resolve) => setImmediate(resolve));
    runtime.close();
    print({ outcome, uncaught, proven: report !== undefined && isProven(report) });
    break;
  }
  /** Throws at the guest's first output, which is then never done with. */
  case "throw-output": {
    const uncaught: string[] = [];
    process.on("uncaughtException", (error: Error) => {
      uncaught.push(error.message);
      run.stop("its output is not wanted");
    });
    const run = await runtime.start({
      ...request,
      onOutput() {
        throw new Error("output");
      },
    });
    const { outcome } = await run.finished;
    runtime.close();
    print({ outcome, uncaught: uncaught.slice(0, 1) });
    break;
  }
  default:
    throw new Error(`there is no embedder ${mode}`);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function defer(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
