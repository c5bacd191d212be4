import {
  type ByteSink,
  hostFunction,
  type HostPackage,
  type InstanceContext,
  type PreparedPackage,
} from "../../runtime/host-contract.js";
import { type ByteTarget, InputStream, OutputStream } from "../io/index.js";
import { environmentGrants } from "./environment-grant.js";
import { openStdin } from "./stdin.js";

/**
 * `wasi:cli`. Nothing of the process shows: environment, arguments and standard streams are those that the run was
 * given. There is never a terminal, so that a guest cannot learn of one or send it control sequences as such.
 */
export const cliPackage: HostPackage = {
  name: "wasi:cli",
  version: "0.2.12",
  interfaces: {
    environment: { authority: "granted", grant: environmentGrants },
    exit: { authority: "none" },
    stdin: { authority: "granted" },
    stdout: { authority: "granted" },
    stderr: { authority: "granted" },
    "terminal-input": { authority: "none" },
    "terminal-output": { authority: "none" },
    "terminal-stdin": { authority: "none" },
    "terminal-stdout": { authority: "none" },
    "terminal-stderr": { authority: "none" },
  },
  prepare: (context) => Promise.resolve(functions(context)),
};

function functions(context: InstanceContext): PreparedPackage {
  const stdin = openStdin(context.stdin);
  return {
    environment: {
      "get-environment": quiet(() => visibleEnvironment(context)),
      "get-arguments": quiet(() => [...context.args]),
      "initial-cwd": quiet(() => undefined),
    },
    exit: {
      exit: quiet((status: { tag: "ok" | "err" }) => context.exit(status.tag === "ok" ? 0 : 1)),
      "exit-with-code": quiet((code: number) => context.exit(code)),
    },
    // Each call gives a stream of its own; those of stdin share one position.
    stdin: { "get-stdin": quiet(() => new InputStream(stdin)) },
    stdout: { "get-stdout": quiet(() => new OutputStream(sinkTarget(context.stdout))) },
    stderr: { "get-stderr": quiet(() => new OutputStream(sinkTarget(context.stderr))) },
    "terminal-input": {},
    "terminal-output": {},
    "terminal-stdin": { "get-terminal-stdin": quiet(() => undefined) },
    "terminal-stdout": { "get-terminal-stdout": quiet(() => undefined) },
    "terminal-stderr": { "get-terminal-stderr": quiet(() => undefined) },
  };
}

/** Calls that read what the run was given, or end it; none changes anything outside. */
function quiet(call: (...args: never[]) => unknown) {
  return hostFunction({ call, durability: "ring" });
}

function visibleEnvironment(context: InstanceContext): [string, string][] {
  const site = { interface: "wasi:cli/environment", function: "get-environment" };
  return Object.entries(context.env).filter(([key]) => context.permits(site, { key }));
}

/** What one `check-write` permits. The sink blocks while its reader is behind, so that there is always room. */
const writeLimit = 64 * 1024;

function sinkTarget(sink: ByteSink): ByteTarget {
  return { capacity: () => writeLimit, write: (bytes) => sink.write(bytes) };
}
