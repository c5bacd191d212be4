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
  hostileWat("spin"),
];
