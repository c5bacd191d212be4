import assert from "node:assert/strict";
import { type ErrorCode, isWrunError } from "../../runtime/errors/index.js";
import { createKeySet, createPathTable, quoteYaml } from "../../runtime/policy/in-worker.js";
import {
  type CompiledPolicy,
  type Facts,
  type GrantKind,
  loadPolicy,
  type PolicyContracts,
} from "../../runtime/policy/index.js";
import { conflictAmong } from "../../runtime/policy/manifest/argument-conflicts.js";
import type { ArgumentValue } from "../../runtime/policy/manifest/manifest.js";
import type { FunctionType, InterfaceType } from "../../runtime/component/wit-types.js";

export function textOf(value: unknown): string {
  assert.ok(typeof value === "string");
  return value;
}

/** Exact keys or `APP_*`; facts are `{ key }`. */
export const envKind: GrantKind<string> = {
  key: "env",
  schema: (z) => z.string().regex(/^[^*]+\*?$/),
  example: "REGION",
  compile: (grants) => {
    const set = createKeySet(grants.map(({ grant, order }) => ({ pattern: grant, order })));
    return (facts) => set.order(textOf(facts["key"]));
  },
  suggest: (_site, facts) => `env: [${quoteYaml(textOf(facts["key"]))}]`,
};

interface FsGrant {
  readonly prefix: string;
  readonly rights: readonly ("read" | "write")[];
}

/** Facts are `{ path, rights }`. An allow must hold all rights that are asked for, a deny one of them. */
export const fsKind: GrantKind<FsGrant> = {
  key: "fs",
  schema: (z) => z.strictObject({ prefix: z.string(), rights: z.array(z.enum(["read", "write"])).min(1) }),
  compile: (grants, effect) => {
    const table = createPathTable(
      grants.map(({ grant, order }) => ({ pattern: grant.prefix, item: { order, rights: grant.rights } })),
      (items) => items,
    );
    return (facts) => {
      const asked = facts["rights"] as readonly ("read" | "write")[];
      const covering = table
        .find(textOf(facts["path"]))
        .flat()
        .filter(({ rights }) =>
          effect === "allow"
            ? asked.every((right) => rights.includes(right))
            : asked.some((right) => rights.includes(right)),
        );
      return covering.length === 0 ? -1 : Math.min(...covering.map(({ order }) => order));
    };
  },
  suggest: (_site, facts) => `fs: [{ prefix: ${quoteYaml(textOf(facts["path"]))}, rights: [read] }]`,
};

export const contracts: PolicyContracts = new Map([
  ["wasi:cli/environment", { authority: "granted", grant: envKind }],
  ["wasi:cli/exit", { authority: "granted" }],
  ["wasi:cli/terminal-input", { authority: "none" }],
  ["wasi:filesystem/types", { authority: "granted", grant: fsKind }],
  ["wasi:filesystem/preopens", { authority: "none" }],
  ["wasi:io/streams", { authority: "none" }],
  ["acme:billing/ledger", { authority: "granted" }],
  ["acme:billing/audit", { authority: "granted" }],
]);

export const head = "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: test }\n";

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A policy whose first three lines are `head`. */
export function policyOf(rest: string, besides: PolicyContracts = contracts): CompiledPolicy {
  return loadPolicy(bytesOf(head + rest), "policy.yaml", besides);
}

/** Fails unless `act` throws a WrunError with this code whose message contains each of `parts`. */
export function refuses(act: () => unknown, code: ErrorCode, ...parts: readonly string[]): void {
  assert.throws(act, (error: unknown) => {
    assert.ok(isWrunError(error), `not a WrunError: ${String(error)}`);
    assert.equal(error.code, code, error.message);
    for (const part of parts) {
      const whole = `${error.message} | ${error.next}`;
      assert.ok(whole.includes(part), `'${part}' is not in: ${whole}`);
    }
    return true;
  });
}

export function verdict(
  policy: CompiledPolicy,
  site: string,
  facts?: Facts,
  args?: Readonly<Record<string, unknown>>,
): string {
  const [name = "", called = ""] = site.split(" ");
  const decision = policy.decide({ interface: name, function: called }, facts, args);
  return [
    decision.verdict,
    decision.rule ?? "-",
    ...(decision.verdict === "deny" ? [decision.onViolation] : []),
  ].join(" ");
}

export function importOf(
  name: string,
  functions: Readonly<Record<string, readonly string[]>>,
): InterfaceType {
  const typed = Object.entries(functions).map(([called, params]): [string, FunctionType] => [
    called,
    { params: params.map((param) => ({ name: param, type: { kind: "u32" } })), result: undefined },
  ]);
  return { name, functions: new Map(typed), resources: new Map() };
}

export function importsOf(...interfaces: readonly InterfaceType[]) {
  return { interfaces, functions: new Map<string, FunctionType>(), resources: new Map<string, never>() };
}

interface Clause {
  readonly path: string;
  readonly max?: number | bigint;
  readonly min?: number | bigint;
  readonly equals?: ArgumentValue;
  readonly oneOf?: readonly ArgumentValue[];
}

/** Whether a policy may have these argument rules side by side: some value meets them all. */
export function canMeet(clauses: readonly Clause[]): boolean {
  const rules = clauses.map(({ path, max, min, equals, oneOf }) => ({
    path: [path],
    max,
    min,
    oneOf: equals === undefined ? oneOf : [equals],
    prefix: undefined,
    maxLength: undefined,
  }));
  return conflictAmong(rules) === undefined;
}
