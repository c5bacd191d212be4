export interface ScriptRules {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  /** More of the limits, in YAML flow style with a comma at its end. */
  readonly limits?: string;
}

/** A manifest for the guest `script`: what it links is named, and nothing of it granted beyond these rules. */
export function scriptPolicy({ allow = [], deny = [], limits = "" }: ScriptRules): string {
  const linked = [
    '{ id: out, interface: "wasi:cli/stdout" }',
    '{ id: arguments, interface: "wasi:cli/environment", env: [] }',
    '{ id: clocks, interface: "wasi:clocks/*" }',
    '{ id: log, interface: "wasi:logging/logging" }',
    '{ id: files, interface: "wasi:filesystem/types", fs: [] }',
    '{ id: store, interface: "wasi:keyvalue/*", keyvalue: [] }',
    '{ id: buckets, interface: "wasi:keyvalue/store", keyvalue: [{ bucket: b, access: [read] }] }',
    '{ id: web, interface: "wasi:http/outgoing-handler", http: [] }',
    '{ id: net, interface: "wasi:sockets/*", net: [] }',
  ];
  return [
    "apiVersion: wrun/v1",
    "kind: Policy",
    "metadata: { name: script }",
    `limits: { ${limits}wall: 60s, memory: 128MiB }`,
    "allow:",
    ...[...linked, ...allow].map((item) => `  - ${item}`),
    ...(deny.length === 0 ? [] : ["deny:", ...deny.map((item) => `  - ${item}`)]),
    "",
  ].join("\n");
}
