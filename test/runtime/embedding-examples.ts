import { existsSync } from "node:fs";
import type { Writable } from "node:stream";
import { parseReference, pullComponent, pushComponent } from "wrun/registry";
import {
  createRuntime,
  initHome,
  inspectComponent,
  isProven,
  isWrunError,
  loadPublisherIdentity,
  type RunReport,
  type Runtime,
  type Server,
  signArtifact,
} from "wrun";

export async function openHost(home: string): Promise<Runtime> {
  if (!existsSync(home)) await initHome({ home, trustDomain: "acme.example", publisher: "Acme" });
  return createRuntime({ home, hostPackages: new URL("./acme-billing.js", import.meta.url) });
}

export async function runBytes(
  runtime: Runtime,
  bytes: Uint8Array,
  policy: string,
  call: string,
): Promise<RunReport> {
  return runtime.run({
    component: { kind: "bytes", name: "desk.wasm", bytes, allowUnsigned: true },
    policy: { bytes: Buffer.from(policy), name: "desk-policy" },
    invocation: { kind: "function", text: call },
    onEvent(event) {
      if (event.type === "denied") process.stderr.write(`${event.function} denied: ${event.reason}\n`);
    },
  });
}

export function describeOutcome({ outcome }: RunReport): string {
  switch (outcome.kind) {
    case "exited":
      return `ended with ${outcome.exitCode}`;
    case "returned":
      return outcome.wave;
    case "served":
      return `served ${outcome.requests} requests`;
    case "refused":
      return `${outcome.code}: ${outcome.detail}`;
    case "denied":
    case "quarantined":
      return `${outcome.kind} by ${outcome.rule ?? "the default"}: ${outcome.detail}`;
    case "stopped":
      return `stopped by ${outcome.signal}: ${outcome.detail}`;
    case "trapped":
    case "unrecorded":
      return `${outcome.kind}: ${outcome.detail}`;
  }
}

export async function refusalOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (!isWrunError(error)) throw error;
    return `${error.code}: ${error.message}. ${error.next}`;
  }
}

export async function publish(runtime: Runtime, bytes: Uint8Array, reference: string): Promise<void> {
  const publisher = loadPublisherIdentity(runtime.node.home);
  const { imports, exports } = inspectComponent(bytes);
  await pushComponent({
    reference: parseReference(reference),
    componentBytes: bytes,
    config: {
      imports: imports.interfaces.map(({ name }) => name),
      exports: exports.interfaces.map(({ name }) => name),
    },
    sign: (manifest) => signArtifact(manifest, publisher),
  });
}

export async function runCommand(
  runtime: Runtime,
  reference: string,
  policyFile: { readonly path: string; readonly bytes: Uint8Array },
  output: Record<"stdout" | "stderr", Writable>,
  stop: AbortSignal,
): Promise<RunReport> {
  const artifact = await pullComponent(parseReference(reference));
  const run = await runtime.start({
    component: { kind: "artifact", artifact },
    policy: { bytes: policyFile.bytes, name: policyFile.path, path: policyFile.path },
    args: [reference],
    onOutput: (stream, bytes, done) => void output[stream].write(bytes, () => done()),
  });
  const onAbort = () => run.stop("the caller went away");
  if (stop.aborted) onAbort();
  stop.addEventListener("abort", onAbort, { once: true });
  try {
    return await run.finished;
  } finally {
    stop.removeEventListener("abort", onAbort);
  }
}

export async function serveBytes(runtime: Runtime, bytes: Uint8Array, policy: string): Promise<Server> {
  return runtime.serve(
    {
      component: { kind: "bytes", name: "service.wasm", bytes, allowUnsigned: true },
      policy: { bytes: Buffer.from(policy), name: "service-policy" },
      onEvent(event) {
        if (event.type === "request" && event.failure !== null) process.stderr.write(`${event.failure}\n`);
      },
    },
    { port: 0 },
  );
}

export async function withdraw(runtime: Runtime, component: string, reason: string): Promise<void> {
  await runtime.revoke({ kind: "component", id: component, reason });
}

export async function release(runtime: Runtime, workload: string): Promise<void> {
  await runtime.release(workload);
}

export async function proveRun(runtime: Runtime, run: string): Promise<string> {
  const [report] = await runtime.verifyLineage(run);
  if (report === undefined || !isProven(report)) throw new Error(`the evidence of ${run} does not hold`);
  return `${report.records} records, signed by ${report.signer}`;
}
