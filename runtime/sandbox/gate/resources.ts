import { camelCase, isPrimitive, isTaggedOption } from "../../component/in-worker.js";
import type { ResourceType, ValueType } from "../../component/wit-types.js";
import { handleBytes, type HeldMemoryMeter } from "../limits/held-memory.js";

/** The object that the guest's handle stands for on the JavaScript side of jco: an empty shell whose class is made
 * for this run. What it stands for is only in {@link ResourceTable}. */
export type Shell = object;

/**
 * Host objects never reach generated code; a shell does, and each shell stands for one handle.
 *
 * jco makes an object of the right class out of a handle it does not know (a forged or a dropped one). Such a shell is
 * not in this table, so that its use traps.
 */
export interface ResourceTable {
  /** The host object behind a shell. Throws a TypeError for a shell that this run never handed out. */
  hostOf(shell: unknown, resource: ResourceType): object;
  /** Ties an existing shell (made by a constructor) to its host object. */
  adopt(shell: Shell, host: object): void;
  /** A shell for a handle that the guest receives. */
  shellOf(host: unknown, resource: ResourceType): Shell;
  /** The guest dropped its handle: the host object is disposed of with its last handle. */
  drop(shell: Shell): void;
  /** The guest gave its handle away; true if it was the last one of its host object. */
  release(shell: unknown): boolean;
  /** A number for the record: which of the run's host objects this is. */
  idOf(host: object): number | undefined;
}

/** How many handles a run may hold at once. Each costs memory of the host, whatever it stands for. */
const mostHandles = 65_536;

interface Entry {
  readonly host: object;
  live: boolean;
}

/** @param memory counts what each handle costs the host, whatever stands behind it */
export function createResourceTable(
  classOf: (resource: ResourceType) => new () => Shell,
  memory: Pick<HeldMemoryMeter, "take" | "giveBack">,
): ResourceTable {
  const entries = new WeakMap<object, Entry>();
  const handles = new Map<object, number>();
  const ids = new WeakMap<object, number>();
  let nextId = 1;
  let live = 0;

  function liveEntry(shell: unknown): Entry {
    const entry = typeof shell === "object" && shell !== null ? entries.get(shell) : undefined;
    if (entry === undefined || !entry.live) throw new TypeError("unknown handle");
    return entry;
  }

  function adopt(shell: Shell, host: object): void {
    if (live >= mostHandles) throw new RangeError(`the guest holds more than ${mostHandles} handles`);
    memory.take(handleBytes);
    live += 1;
    entries.set(shell, { host, live: true });
    handles.set(host, (handles.get(host) ?? 0) + 1);
    if (!ids.has(host)) ids.set(host, nextId++);
  }

  /** Ends one handle; true if it was the last one of its host object. */
  function end(entry: Entry): boolean {
    entry.live = false;
    live -= 1;
    memory.giveBack(handleBytes);
    const left = (handles.get(entry.host) ?? 1) - 1;
    if (left > 0) {
      handles.set(entry.host, left);
      return false;
    }
    handles.delete(entry.host);
    return true;
  }

  return {
    adopt,
    hostOf(shell, resource) {
      if (!(shell instanceof classOf(resource))) throw new TypeError(`not a handle of ${resource.name}`);
      return liveEntry(shell).host;
    },
    shellOf(host, resource) {
      if (typeof host !== "object" || host === null)
        throw new TypeError(`the host returned no ${resource.name}`);
      const shell = Object.create(classOf(resource).prototype as object) as Shell;
      adopt(shell, host);
      return shell;
    },
    drop(shell) {
      const entry = liveEntry(shell);
      if (end(entry)) dispose(entry.host);
    },
    release: (shell) => end(liveEntry(shell)),
    idOf: (host) => ids.get(host),
  };
}

/** Lets go of what a host object holds, where it holds anything. */
export function dispose(host: object): void {
  const method: unknown = (host as Record<symbol, unknown>)[Symbol.dispose ?? Symbol.for("dispose")];
  if (typeof method === "function") method.call(host);
}

/** Turns a value inside out: shells into host objects, or host objects into shells. */
export type Converter = (value: unknown) => unknown;

const unchanged: Converter = (value) => value;

/**
 * Compiles the conversion of one type's values, so that a call pays only for the resources its type really holds.
 * @param own what to do with an owned handle
 * @param borrow what to do with a borrowed one
 */
export function compileConverter(
  type: ValueType | undefined,
  own: (value: unknown, resource: ResourceType) => unknown,
  borrow: (value: unknown, resource: ResourceType) => unknown,
): Converter {
  const compile = (inner: ValueType | undefined): Converter => compileConverter(inner, own, borrow);
  if (type === undefined || isPrimitive(type)) return unchanged;
  switch (type.kind) {
    case "own":
      return (value) => own(value, type.resource);
    case "borrow":
      return (value) => borrow(value, type.resource);
    case "list": {
      const element = compile(type.element);
      return element === unchanged ? unchanged : (value) => asArray(value).map(element);
    }
    case "tuple": {
      const items = type.items.map(compile);
      if (items.every((item) => item === unchanged)) return unchanged;
      return (value) => asArray(value).map((item, index) => (items[index] ?? unchanged)(item));
    }
    case "option": {
      const inner = compile(type.type);
      if (inner === unchanged) return unchanged;
      return isTaggedOption(type.type)
        ? (value) => convertCase(value, new Map([["some", inner]]))
        : (value) => (value === undefined || value === null ? value : inner(value));
    }
    case "result":
      return compileCases(
        new Map([
          ["ok", compile(type.ok)],
          ["err", compile(type.err)],
        ]),
      );
    case "variant":
      return compileCases(new Map(type.cases.map((item) => [item.name, compile(item.type)])));
    case "record": {
      const fields = type.fields.map((field) => [camelCase(field.name), compile(field.type)] as const);
      if (fields.every(([, convert]) => convert === unchanged)) return unchanged;
      return (value) => {
        const source = asObject(value);
        return Object.fromEntries(fields.map(([key, convert]) => [key, convert(source[key])]));
      };
    }
    case "enum":
    case "flags":
      return unchanged;
  }
}

function compileCases(cases: Map<string, Converter>): Converter {
  if ([...cases.values()].every((convert) => convert === unchanged)) return unchanged;
  return (value) => convertCase(value, cases);
}

function convertCase(value: unknown, cases: ReadonlyMap<string, Converter>): unknown {
  const source = asObject(value);
  const convert = cases.get(String(source["tag"])) ?? unchanged;
  return { tag: source["tag"], val: convert(source["val"]) };
}

function asArray(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("expected a list");
  return value;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new TypeError("expected an object");
  return value as Record<string, unknown>;
}
