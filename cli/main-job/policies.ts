/** The manifest that the notes guest runs under. */
export function notesPolicy(port: number): string {
  return `apiVersion: wrun/v1
kind: Policy
metadata: { name: notes }
limits: { memory: 256MiB, wall: 30s, hostCalls: 10000, bytesOut: 1MiB }
allow:
  - { id: output, interface: "wasi:cli/stdout" }
  - { id: errors, interface: "wasi:cli/stderr" }
  - { id: input, interface: "wasi:cli/stdin" }
  - { id: region, interface: "wasi:cli/environment", env: [REGION] }
  - { id: clocks, interface: "wasi:clocks/*" }
  - { id: random, interface: "wasi:random/*" }
  - { id: read-inputs, interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /in, rights: [read] }] }
  - id: prices
    interface: wasi:http/outgoing-handler
    http: { methods: [GET], scheme: http, hosts: ["127.0.0.1"], ports: [${port}], paths: ["/prices"] }
  - { id: remember, interface: "wasi:keyvalue/store", keyvalue: [{ bucket: notes, access: [read, write] }] }
  - { id: greeting, interface: "wasi:config/store", config: [greeting] }
  - { id: log, interface: "wasi:logging/logging" }
`;
}

/** The same without the key-value store, which the guest imports. */
export function withoutKeyValue(policy: string): string {
  return policy
    .split("\n")
    .filter((line) => !line.includes("wasi:keyvalue/store"))
    .join("\n");
}

/** What a guest that only computes needs: nothing. */
export const spinPolicy = `apiVersion: wrun/v1
kind: Policy
metadata: { name: spin }
limits: { wall: 60s }
`;
