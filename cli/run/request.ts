import { fstatSync, statSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Home,
  keepHomeApart,
  type PolicySource,
  type RunRequest,
  WrunError,
} from "../../runtime/index.js";
import { makeFolderBeside } from "../../runtime/early.js";
import { readInput, reasonOf } from "../read-input.js";
import { programName } from "../subject.js";
import { flagPolicy, flagPolicyName, withUnit } from "./flag-policy.js";
import { parseKeyvalue } from "./keyvalue-option.js";
import { parseNetTarget } from "./net-target.js";
import { pairsOf } from "./option-values.js";
import { fileRoots } from "./roots.js";

export interface RunOptions {
  readonly policy?: string;
  readonly dir?: readonly string[];
  readonly env?: readonly string[];
  readonly config?: readonly string[];
  readonly keyvalue?: string;
  readonly allowNet?: readonly string[];
  readonly timeout?: string;
  readonly maxMemory?: string;
  readonly allowUnsigned?: boolean;
  readonly invoke?: string;
  readonly authorization?: string;
  readonly showPolicy?: boolean;
  readonly verbose?: boolean;
  /** Of `wrun serve`: `per-request` or `reused`. */
  readonly instances?: string;
}

export type PreparedRequest = Omit<RunRequest, "component" | "onEvent" | "onOutput">;

/**
 * What the command line asks for, without the component. Without `--policy` the flags grant and become a manifest;
 * with it they only offer, and the manifest says how much of that the guest gets.
 */
export async function prepareRequest(
  subject: string,
  guestArgs: readonly string[],
  options: RunOptions,
): Promise<PreparedRequest> {
  const roots = fileRoots(options.dir ?? []);
  const env = pairsOf("--env", options.env ?? []);
  const config = pairsOf("--config", options.config ?? []);
  const keyvalue = options.keyvalue === undefined ? undefined : parseKeyvalue(options.keyvalue);
  const name = programName(subject);
  const policy =
    options.policy === undefined
      ? fromFlags()
      : await fromFile(options.policy, options, keyvalue?.buckets !== undefined);
  return {
    policy,
    args: [name, ...guestArgs],
    env,
    config,
    roots,
    stdin: { kind: "inherit" },
    ...(keyvalue === undefined ? {} : { keyvalueFolder: resolve(keyvalue.folder) }),
    ...(options.invoke === undefined ? {} : { invocation: { kind: "function", text: options.invoke } }),
    ...(options.authorization === undefined
      ? {}
      : {
          authorization: (await readInput(options.authorization, "an authorization"))
            .toString("latin1")
            .trim(),
        }),
  };

  function fromFlags(): PolicySource {
    const text = flagPolicy({
      name,
      roots,
      env: Object.keys(env),
      config: Object.keys(config),
      buckets: keyvalue === undefined ? undefined : (keyvalue.buckets ?? ["default"]),
      net: (options.allowNet ?? []).map(parseNetTarget),
      timeout: options.timeout,
      maxMemory: options.maxMemory,
      instances: options.instances,
    });
    return { bytes: Buffer.from(text), name: flagPolicyName };
  }
}

/** Reads a manifest, and refuses flags that would grant or limit beside it. */
async function fromFile(path: string, options: RunOptions, namesBuckets: boolean): Promise<PolicySource> {
  const refuse = (option: string, lines: string): WrunError =>
    new WrunError("CLI_OPTION_IN_MANIFEST", { option, lines });
  if (options.timeout !== undefined) {
    throw refuse("--timeout", `limits: { wall: ${quantity(withUnit(options.timeout), "30s")} }`);
  }
  if (options.maxMemory !== undefined) {
    throw refuse("--max-memory", `limits: { memory: ${quantity(options.maxMemory, "64MiB")} }`);
  }
  if (options.instances !== undefined)
    throw refuse("--instances", `serve: { instances: ${options.instances} }`);
  if (options.allowNet !== undefined) {
    const http = "{ methods: [GET], scheme: https, hosts: [api.example.com], paths: [/] }";
    throw refuse("--allow-net", `allow:\n  - { interface: "wasi:http/outgoing-handler", http: ${http} }`);
  }
  if (namesBuckets) {
    const keyvalue = "[{ bucket: notes, access: [read, write] }]";
    throw refuse(
      "--keyvalue DIR::BUCKET",
      `allow:\n  - { interface: "wasi:keyvalue/store", keyvalue: ${keyvalue} }`,
    );
  }
  const bytes = await readInput(path, "a policy");
  // A pipe has been read and is gone: there is nothing to watch.
  return statSync(path).isFile() ? { bytes, name: path, path: resolve(path) } : { bytes, name: path };
}

/** What was given, where it can stand in a manifest. */
function quantity(given: string, otherwise: string): string {
  return /^\d+(?:\.\d+)?[a-zA-Z]+$/.test(given) ? given : otherwise;
}

/** Makes the folder of the key-value stores, if the run has one. Throws `HOME_WITHIN_REACH` before it makes anything. */
export async function makeKeyvalueFolder(request: PreparedRequest, home: Home): Promise<void> {
  keepHomeApart(request, home);
  const { keyvalueFolder: path } = request;
  if (path === undefined) return;
  try {
    await makeFolderBeside(path, 0o700);
  } catch (error) {
    throw new WrunError("FILE_UNWRITABLE", { path, reason: reasonOf(error) }, { cause: error });
  }
}

/**
 * A guest's thread must never block in a read of standard input, or it could not be stopped. Pipes and terminals are
 * opened a second time without blocking; a socket cannot be, and Node makes it non-blocking when its stream is made.
 */
export function unblockStdin(): void {
  try {
    if (fstatSync(0).isSocket()) process.stdin.pause();
  } catch {
    // No standard input at all: the guest will find out when it reads.
  }
}
