import type { Facts } from "../../runtime/host-contract.js";
import type { Outside, Resolved } from "./resolve.js";
import type { Right } from "./rights.js";
import type { HeldRoot } from "./root.js";

/**
 * Facts have one right each, so that several rules together can cover a call and none of them can be evaded by
 * asking for more: `{ root: "data", path: "/in/a.txt", right: "read" }`.
 * `tree` says that everything below is concerned too; `outside` that the path, shown as it was asked, leads out.
 */
export function factsOf(resolved: Resolved | Outside, needed: readonly Right[], tree = false): Facts[] {
  if ("outside" in resolved) {
    const { root, outside } = resolved;
    return needed.map((right) => ({ root: root.name, path: namable(outside), right, outside: true }));
  }
  const segments = resolved.malformed ? resolved.segments.map(namable) : resolved.segments;
  return [
    ...factsOfPlace(resolved.root, segments, needed, tree || resolved.isCut),
    ...resolved.visited.flatMap((place) => factsOfPlace(resolved.root, place, ["stat"])),
  ];
}

export function factsOfPlace(
  root: HeldRoot,
  segments: readonly string[],
  needed: readonly Right[],
  tree = false,
): Facts[] {
  const path = `/${segments.join("/")}`;
  return needed.map((right) => ({ root: root.name, path, right, ...(tree ? { tree: true } : {}) }));
}

/** What no file is called still belongs to the folder that it was asked for in; written so that a record can hold it. */
function namable(text: string): string {
  return text.replaceAll(/[\0\p{Surrogate}]/gu, "\ufffd");
}
