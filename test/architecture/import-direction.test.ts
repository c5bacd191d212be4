import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { type Import, readImports } from "./imports.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const { files: sources, imports } = readImports(root);
/** Files beside the rooms that every room may use. */
const shared = [
  "runtime/compact-jws.ts",
  "runtime/digest.ts",
  "runtime/nearest.ts",
  "runtime/x509-library.ts",
];
/** The one lock and the one durable replace, for every room that keeps something on the disk. */
const files = "runtime/files/index.ts";
/** What holds clients of an HTTP server to bounds, for the two servers that there are. */
const clients = "runtime/clients/index.ts";
const rooms = ["component", "policy", "authority", "trust", "lineage"] as const;

/** What breaks the rules of docs/architecture.md, one sentence each. */
function violations(list: readonly Import[]): string[] {
  return list.filter((item) => isForbidden(item)).map(({ from, to }) => `${from} imports ${to}`);
}

function isForbidden({ from, to, typeOnly }: Import): boolean {
  // The benches measure any room from inside; nothing but their own tests may need them.
  if (to.startsWith("bench/")) return !from.startsWith("bench/") && !from.startsWith("test/bench/");
  if (from.startsWith("test/") || from.startsWith("bench/") || !to.includes(".ts")) return false;
  if (from.startsWith("runtime/errors/") || shared.includes(from)) {
    return !to.startsWith("runtime/errors/");
  }
  if (from.startsWith("runtime/files/"))
    return !["runtime/files/", "runtime/errors/", "runtime/digest.ts"].some((below) => to.startsWith(below));
  if (from.startsWith("runtime/clients/")) return !to.startsWith("runtime/clients/");
  if (to === clients) return !from.startsWith("runtime/sandbox/supervisor/") && !from.startsWith("registry/");
  if (to.startsWith("runtime/files/") && from.startsWith("runtime/") && !shared.includes(from))
    return to !== files;
  const room = rooms.find((name) => from.startsWith(`runtime/${name}/`));
  if (room !== undefined) {
    if (to.startsWith(`runtime/${room}/`) || to.startsWith("runtime/errors/") || shared.includes(to))
      return false;
    return !(typeOnly && rooms.some((name) => to.startsWith(`runtime/${name}/`)));
  }
  if (from.startsWith("runtime/sandbox/")) {
    if (to.startsWith("runtime/sandbox/") || to === "runtime/errors/index.ts" || shared.includes(to))
      return false;
    if (typeOnly) return !to.startsWith("runtime/");
    // The worker's half of the sandbox takes the narrow entrance where a room has one.
    const inWorker = from.startsWith("runtime/sandbox/worker/") || from.startsWith("runtime/sandbox/gate/");
    const entrances = inWorker ? ["in-worker.ts", "index.ts"] : ["index.ts"];
    return !rooms.some((name) => entrances.some((entrance) => to === `runtime/${name}/${entrance}`));
  }
  if (from === "runtime/index.ts") return !to.startsWith("runtime/");
  if (from === "runtime/early.ts") return !to.startsWith("runtime/");
  if (from === "runtime/host-contract.ts") return !to.startsWith("runtime/");
  if (from.startsWith("host-interfaces/")) {
    // The I/O thread has no use for the contract; all that it takes of the runtime is this.
    if (from === "host-interfaces/sockets/io/passing-bytes.ts")
      return to !== "runtime/sandbox/limits/collect-garbage.ts";
    return !to.startsWith("host-interfaces/") && !["runtime/host-contract.ts", files].includes(to);
  }
  if (from.startsWith("registry/"))
    return !to.startsWith("registry/") && !["runtime/index.ts", files].includes(to);
  if (from.startsWith("cli/")) {
    const entrances = [
      "runtime/index.ts",
      "runtime/early.ts",
      "host-interfaces/index.ts",
      "registry/index.ts",
      "guests/build.ts",
    ];
    return !to.startsWith("cli/") && !entrances.includes(to);
  }
  if (from.startsWith("guests/")) return !to.startsWith("guests/");
  return true;
}

describe("the direction of imports", () => {
  it("is checked on the whole tree", () => {
    assert.ok(sources.length > 50, `only ${sources.length} files were read`);
    for (const name of [
      "runtime/sandbox/gate/gate.ts",
      "runtime/policy/types.ts",
      "host-interfaces/index.ts",
    ]) {
      assert.ok(sources.includes(name), `${name} was not read`);
    }
    assert.ok(
      imports.some(
        ({ from, to }) => from === "runtime/sandbox/gate/call-site.ts" && to.endsWith("host-function.ts"),
      ),
    );
  });

  it("follows the map", () => {
    assert.deepEqual(violations(imports), []);
  });

  it("would notice a room that uses another room's code, and a host interface that reaches past the entrance", () => {
    const broken: Import[] = [
      { from: "runtime/policy/a.ts", to: "runtime/trust/b.ts", typeOnly: false, names: [] },
      { from: "host-interfaces/a.ts", to: "runtime/sandbox/gate/gate.ts", typeOnly: false, names: [] },
      { from: "cli/a.ts", to: "runtime/policy/index.ts", typeOnly: false, names: [] },
      { from: "runtime/sandbox/a.ts", to: "runtime/policy/compile.ts", typeOnly: false, names: [] },
      { from: "runtime/errors/a.ts", to: "runtime/digest.ts", typeOnly: false, names: [] },
      { from: "runtime/files/a.ts", to: "runtime/trust/index.ts", typeOnly: false, names: [] },
      { from: "runtime/trust/a.ts", to: "runtime/files/file-lock.ts", typeOnly: false, names: [] },
      { from: "registry/a.ts", to: "runtime/files/file-lock.ts", typeOnly: false, names: [] },
      { from: "cli/a.ts", to: "runtime/files/index.ts", typeOnly: false, names: [] },
      { from: "cli/a.ts", to: "runtime/clients/index.ts", typeOnly: false, names: [] },
      { from: "registry/a.ts", to: "runtime/clients/framing.ts", typeOnly: false, names: [] },
      { from: "runtime/clients/a.ts", to: "runtime/errors/index.ts", typeOnly: false, names: [] },
      { from: "runtime/sandbox/a.ts", to: "bench/b.ts", typeOnly: false, names: [] },
      { from: "test/cli/a.ts", to: "bench/b.ts", typeOnly: false, names: [] },
    ];
    assert.equal(violations(broken).length, broken.length);
  });
});

describe("a guest's worker", () => {
  /** Everything that is loaded with a file, packages by their names. */
  function loadedWith(entry: string): Set<string> {
    const found = new Set([entry]);
    for (const file of found) {
      for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) found.add(to);
    }
    return found;
  }
  const inWorker = ["runtime/sandbox/worker/guest-main.ts", "host-interfaces/index.ts"];

  it("loads nothing that reads documents, holds keys or checks signatures", () => {
    for (const entry of inWorker) {
      const loaded = loadedWith(entry);
      assert.ok(loaded.size > 50, `only ${loaded.size} files of ${entry} were found`);
      for (const name of ["zod", "yaml", "jose", "@peculiar/x509", "commander", "fastify", "undici"])
        assert.ok(!loaded.has(name), `${entry} loads ${name}`);
      for (const room of [
        "runtime/authority/",
        "runtime/policy/manifest/parse-policy.ts",
        "cli/",
        "registry/",
      ])
        assert.deepEqual(
          [...loaded].filter((file) => file.startsWith(room)),
          [],
        );
    }
  });

  it("would be noticed to", () => {
    assert.ok(loadedWith("runtime/policy/index.ts").has("zod"));
    assert.ok(loadedWith("runtime/policy/index.ts").has("yaml"));
  });
});

describe("the gate's monopoly", () => {
  const home = "runtime/sandbox/host-function.ts";
  const reaches = ({ from, to, names }: Import): boolean =>
    to === home && !from.startsWith("test/") && (names.includes("openHostFunction") || names.includes("*"));

  it("holds: one file imports what opens a host function", () => {
    assert.deepEqual(
      imports.filter(reaches).map(({ from }) => from),
      ["runtime/sandbox/gate/call-site.ts"],
    );
  });

  it("would notice a namespace import that takes everything", () => {
    assert.ok(reaches({ from: "cli/a.ts", to: home, typeOnly: false, names: ["*"] }));
  });
});
