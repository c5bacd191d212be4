/** Room for as many calls as a bench makes; budgets are charged all the same. */
const limits = { hostCalls: 1_000_000_000_000, bytesOut: "1000GiB", lineage: "1000GiB", wall: "6h" };
const host = "bench:calls/host";
const measuring = { id: "measuring", interface: host, functions: ["settle", "begin", "end"] };

function manifest(allow: readonly object[], name = "bench"): string {
  return JSON.stringify({ apiVersion: "wrun/v1", kind: "Policy", metadata: { name }, limits, allow });
}

/** For a guest that begins, waits and prints. Under another name, the same policy has another digest. */
export function smallPolicy(name: string): string {
  return manifest([measuring, { id: "out", interface: "wasi:cli/stdout" }], name);
}

/** For a command that only prints, and that any host can run. */
export const printingPolicy = manifest([{ id: "out", interface: "wasi:cli/stdout" }]);

/** One rule for each function. */
export const plainPolicy = manifest([
  measuring,
  { id: "add", interface: host, functions: ["add"] },
  { id: "pair", interface: host, functions: ["pair"] },
]);

/** For the guests that write. */
export const writingPolicy = manifest([
  measuring,
  { id: "out", interface: "wasi:cli/stdout" },
  {
    id: "files",
    interface: "wasi:filesystem/types",
    fs: [{ root: "data", prefix: "/", rights: ["read", "write", "create"] }],
  },
  { id: "roots", interface: "wasi:filesystem/preopens" },
]);

/** One argument of the scalar call decides, and has a range. */
export const rangePolicy = manifest([
  measuring,
  { id: "add", interface: host, functions: ["add"], args: [{ path: "a", max: 1000 }] },
]);

/** As many rules as wanted, all but two of them about the scalar call: each allows another first argument. */
export function policyOfRules(count: number): string {
  const values = Array.from({ length: count - 2 }, (_, value) => ({
    id: `add-${value}`,
    interface: host,
    functions: ["add"],
    args: [{ path: "a", equals: value }],
  }));
  return manifest([measuring, ...values, { id: "pair", interface: host, functions: ["pair"] }]);
}
