/** How a guest is made: `wat` is a core module that becomes a component, `component-wat` and `core-wat` are text of
 * exactly what comes out. */
export type GuestLanguage = "wat" | "component-wat" | "core-wat" | "typescript" | "c";

/** One workload in source. Its binary is `<name>.wasm`. */
export interface Guest {
  readonly name: string;
  readonly language: GuestLanguage;
  /** Relative to `guests/`. */
  readonly source: string;
  /** The WIT file with its world, relative to `guests/`; none for what needs no world. */
  readonly wit: string | undefined;
  readonly world: string | undefined;
  /** The version of every WASI 0.2 package in its world. */
  readonly wasi: string;
  readonly hostile: boolean;
  /** How its strings cross the boundary; `utf16` can carry lone surrogates. */
  readonly strings: "utf8" | "utf16";
  /** What a machine must have to build it, beyond Node. */
  readonly needs: "clang" | undefined;
}

const newest = "0.2.12";
const oldest = "0.2.0";

function hostileWat(name: string, options: Partial<Guest> = {}): Guest {
  return {
    name,
    language: "wat",
    source: `hostile/${name}.wat`,
    wit: "hostile/worlds.wit",
    world: "command",
    wasi: oldest,
    hostile: true,
    strings: "utf8",
    needs: undefined,
    ...options,
  };
}

function honestWat(name: string, source: string, language: GuestLanguage = "wat"): Guest {
  return {
    name,
    language,
    source,
    wit: undefined,
    world: undefined,
    wasi: oldest,
    hostile: false,
    strings: "utf8",
    needs: undefined,
  };
}

function typescript(name: string, source: string, wit: string, world: string, hostile: boolean): Guest {
  return {
    name,
    language: "typescript",
    source,
    wit,
    world,
    wasi: newest,
    hostile,
    strings: "utf8",
    needs: undefined,
  };
}

/** Every guest, honest ones first. */
export const guests: readonly Guest[] = [
  typescript("notes", "notes/main.ts", "notes/world.wit", "notes", false),
  typescript("invoices", "ledger/invoices.ts", "ledger/world.wit", "invoicing", false),
  typescript("ledger", "ledger/desk.ts", "ledger/world.wit", "billing", false),
  typescript("web", "web/main.ts", "web/world.wit", "web", false),
  { ...honestWat("wordcount-c", "wordcount-c/main.c", "c"), needs: "clang" },
  ...["0.2.0", "0.2.3", "0.2.6", "0.2.12"].map((version) => ({
    ...honestWat(`hello-${version}`, "hello/hello.wat"),
    wit: "hello/world.wit",
    world: "hello",
    wasi: version,
  })),
  { ...honestWat("counters", "counters/counters.wat"), wit: "counters/world.wit", world: "counting" },
  { ...honestWat("greeter", "greeter/greeter.wat"), wit: "greeter/world.wit", world: "greeter" },
  honestWat("composed", "composed/composed.wat", "component-wat"),
  honestWat("p1", "p1/p1.wat", "core-wat"),
  ...[
    "spin",
    "spin-after-call",
    "spin-in-start",
    "blocked-pollable",
    "blocked-stdin",
    "recurse",
    "recurse-calls",
    "grow-memory",
    "grow-tables",
    "stdout-flood",
    "env-peek",
    "exports-lie",
    "bad-result",
    "fork-bomb-handles",
    "forge-handle",
    "bad-realloc",
    "catch-all-denied",
    "catch-all-trap",
    "catch-all-exnref",
    "exit-loop",
    "odd-strings",
    "deep-values",
  ].map((name) => hostileWat(name)),
  typescript("swallow-js", "hostile/swallow-js.ts", "hostile/worlds.wit", "swallow", true),
  typescript("preopen-walk", "hostile/preopen-walk.ts", "hostile/worlds.wit", "files", true),
  typescript("http-roam", "hostile/http-roam.ts", "hostile/worlds.wit", "web", true),
  typescript("script", "hostile/script.ts", "hostile/worlds.wit", "script", true),
  hostileWat("unknown-import", { wit: "hostile/vault.wit", world: "unknown-import" }),
  hostileWat("odd-strings-utf16", { strings: "utf16" }),
  hostileWat("many-memories", { language: "component-wat", wit: undefined, world: undefined }),
  hostileWat("catch-all-core", { language: "core-wat", wit: undefined, world: undefined }),
  hostileWat("proto-names", { wit: "hostile/proto-names.wit", world: "proto-names" }),
  hostileWat("resource-tricks", { wit: "hostile/resource-tricks.wit", world: "resource-tricks" }),
  hostileWat("call-after-trap", { world: "call-after-trap" }),
  hostileWat("bad-service", { world: "service" }),
];
