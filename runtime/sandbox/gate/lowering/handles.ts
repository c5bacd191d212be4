import type { ResourceType } from "../../../component/wit-types.js";
import type { ToolchainImport, ToolchainTable } from "./toolchain-import.js";

/** Turns the handles of one resource into the shells that stand for them, and back. */
export interface HandleConverter {
  readonly borrow: (handle: number) => object;
  readonly own: (handle: number) => object;
  readonly create: (shell: unknown) => number;
}

/** Handles that the call at hand lends, where one can be both lent and given away; see `loans.ts`. */
export type Loans = Set<number>;

/** Generated code marks with it which half of an entry is which. */
const flag = 1 << 30;

/**
 * Works on the generated code's own tables, since handles also reach the guest through its exports, and leave it
 * through drops, which stay there.
 *
 * @throws TypeError where the generated code named no table for the resource
 */
export function handleConverter(
  from: ToolchainImport,
  resource: ResourceType,
  shellClassOf: (resource: ResourceType) => unknown,
  loans: Loans | undefined,
): HandleConverter {
  const shellClass = shellClassOf(resource);
  const table = from.tables().find((candidate) => candidate.shellClass === shellClass);
  if (table === undefined) throw new TypeError(`no table of handles is known for ${resource.name}`);
  const { handles, shells } = table;

  /** A handle is live where its entry is not part of the list of free ones. */
  const representationOf = (handle: number): number => {
    if (handle === 0 || handle >= flag) throw new TypeError("unknown handle");
    const scope = handles[handle << 1];
    const entry = handles[(handle << 1) + 1];
    if (scope === undefined || entry === undefined || entry === 0) throw new TypeError("unknown handle");
    if ((scope & flag) !== 0) throw new TypeError("unknown handle: it was dropped or given away");
    return entry;
  };
  const shellOf = (entry: number): object => {
    const shell = shells.get(entry & ~flag);
    if (shell === undefined) throw new TypeError("unknown handle: nothing stands behind it");
    return shell;
  };
  return {
    borrow(handle) {
      loans?.add(handle);
      return shellOf(representationOf(handle));
    },
    own(handle) {
      if (loans?.has(handle)) throw new TypeError("a handle is lent and given away in one call");
      const entry = representationOf(handle);
      if ((entry & flag) === 0) throw new TypeError("a borrowed handle cannot be given away");
      const shell = shellOf(entry);
      table.remove(handles, handle);
      shells.delete(entry & ~flag);
      forget(table, entry & ~flag);
      return shell;
    },
    create(shell) {
      if (typeof shell !== "object" || shell === null) throw new TypeError("no shell");
      const representation = table.nextRepresentation();
      shells.set(representation, shell);
      return table.createOwn(handles, representation);
    },
  };
}

/** Representations are never used again, and generated code would remember each for ever. */
function forget(table: ToolchainTable, representation: number): void {
  table.created.delete(representation);
}
