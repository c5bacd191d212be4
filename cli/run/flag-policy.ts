import { Document, isScalar, visit } from "yaml";
import { contracts } from "../imports-report.js";
import { type FileRoot, isWrunError, loadPolicy, WrunError } from "../../runtime/index.js";
import type { NetTarget } from "./net-target.js";

/** What flags say that a run may do. */
export interface FlagGrants {
  /** What the run is called: the component's name. */
  readonly name: string;
  readonly roots: readonly FileRoot[];
  readonly env: readonly string[];
  readonly config: readonly string[];
  /** Buckets of the key-value folder; undefined where there is none. */
  readonly buckets: readonly string[] | undefined;
  readonly net: readonly NetTarget[];
  /** As written: seconds or a duration, and a size. */
  readonly timeout: string | undefined;
  readonly maxMemory: string | undefined;
  /** How requests are served: `per-request` or `reused`; undefined where nothing was said. */
  readonly instances?: string | undefined;
}

/** Under which a policy from flags stands in messages and in genesis. */
export const flagPolicyName = "flags";

/**
 * The manifest that the flags amount to: standard streams, clocks, random numbers and logging, and of everything else
 * exactly what a flag names. It is a policy like any other, with a digest that genesis binds.
 * Throws `CLI_FLAGS_REFUSED` where a value is none that a policy can have.
 */
export function flagPolicy(grants: FlagGrants): string {
  const limits = {
    ...(grants.timeout === undefined ? {} : { wall: withUnit(grants.timeout) }),
    ...(grants.maxMemory === undefined ? {} : { memory: grants.maxMemory }),
  };
  const text = manifestText({
    apiVersion: "wrun/v1",
    kind: "Policy",
    metadata: { name: policyName(grants.name) },
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(grants.instances === undefined ? {} : { serve: { instances: grants.instances } }),
    allow: rulesOf(grants),
  });
  try {
    loadPolicy(Buffer.from(text), flagPolicyName, contracts());
  } catch (error) {
    if (!isWrunError(error)) throw error;
    throw new WrunError("CLI_FLAGS_REFUSED", { reason: error.message, advice: error.next }, { cause: error });
  }
  return text;
}

/** What stands without quotes: words that every reader of YAML takes for text, names of interfaces, sizes and durations. */
const plainText =
  /^(?:(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][a-z0-9/:._-]*[a-z0-9]|[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h|d|[kMG]i?B|B))$/i;

/** Without aliases and folded lines, and with short lists on one line: people read it. */
function manifestText(manifest: object): string {
  const document = new Document(manifest, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_, list) => {
      list.flow = list.items.every(isScalar);
    },
    Scalar: (_, scalar) => {
      if (typeof scalar.value === "string" && !plainText.test(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}

function rulesOf({ roots, env, config, buckets, net }: FlagGrants): object[] {
  return [
    { id: "stdin", interface: "wasi:cli/stdin" },
    { id: "stdout", interface: "wasi:cli/stdout" },
    { id: "stderr", interface: "wasi:cli/stderr" },
    { id: "environment", interface: "wasi:cli/environment", env },
    { id: "clocks", interface: "wasi:clocks/*" },
    { id: "random", interface: "wasi:random/*" },
    { id: "logging", interface: "wasi:logging/logging" },
    {
      id: "files",
      interface: "wasi:filesystem/types",
      fs: roots.map(({ name }) => ({
        root: name,
        prefix: "/",
        rights: ["stat", "read", "list", "write", "create", "delete"],
      })),
    },
    ...(config.length === 0 ? [] : [{ id: "config", interface: "wasi:config/store", config }]),
    ...(buckets === undefined
      ? []
      : [
          {
            id: "keyvalue",
            interface: "wasi:keyvalue/*",
            keyvalue: buckets.map((bucket) => ({ bucket, access: ["read", "write", "delete", "list"] })),
          },
        ]),
    ...(net.length === 0
      ? []
      : [
          { id: "http", interface: "wasi:http/outgoing-handler", http: net.map(httpGrant) },
          { id: "sockets", interface: "wasi:sockets/*", net: net.map(netGrant) },
        ]),
  ];
}

function httpGrant({ host, port }: NetTarget): object {
  return {
    methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    scheme: ["http", "https"],
    hosts: [host],
    ...(port === undefined ? {} : { ports: [port] }),
    paths: ["/"],
    ...loopbackOf(host),
  };
}

function netGrant({ host, isAddress, port }: NetTarget): object {
  return {
    ...(isAddress ? { addresses: [host] } : { hosts: [host], ...loopbackOf(host) }),
    ports: port === undefined ? [80, 443] : [port],
    protocols: ["tcp"],
    direction: ["connect"],
  };
}

/** Who grants `localhost` means this machine; behind every other name only public addresses are reached. */
function loopbackOf(host: string): { addresses?: string[] } {
  return host === "localhost" ? { addresses: ["loopback"] } : {};
}

/** `--timeout 30` is in seconds; `500ms` says its unit itself. */
export function withUnit(timeout: string): string {
  return /^\d+(?:\.\d+)?$/.test(timeout) ? `${timeout}s` : timeout;
}

/** Policies are named with letters, digits, `.`, `_` and `-`; a workload's identity is made of that name. */
function policyName(name: string): string {
  const plain = name
    .replace(/\.wasm$/, "")
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "");
  return plain.slice(0, 64) || "component";
}
