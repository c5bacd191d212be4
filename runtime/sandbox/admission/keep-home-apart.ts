import { resolve } from "node:path";
import type { Home } from "../../authority/index.js";
import { isWrunError, WrunError } from "../../errors/index.js";
import { Barrier, nothingOffLimits, type OffLimits, surveyOffLimits } from "../../files/index.js";
import type { RunRequest } from "./request.js";

/**
 * Refuses to give a guest a folder through which it could reach the home: its keys, revocations and evidence.
 *
 * @returns what the guest's worker must never open for it, since a name below a folder that was given may lead there too
 * @throws WrunError `HOME_WITHIN_REACH`
 */
export function keepHomeApart(
  { roots = [], keyvalueFolder }: Pick<RunRequest, "roots" | "keyvalueFolder">,
  home: Pick<Home, "folder" | "lineage" | "cache">,
): OffLimits {
  // A guest without a folder opens none.
  if (roots.length === 0 && keyvalueFolder === undefined) return nothingOffLimits;
  const offLimits = reading(home.folder, () => surveyOffLimits(home.folder, [home.lineage, home.cache]));
  const barrier = new Barrier(offLimits);
  const given = [...roots.map(({ host }) => host), ...(keyvalueFolder === undefined ? [] : [keyvalueFolder])];
  for (const folder of given) {
    const reason = reading(folder, () => barrier.reachOfPlanned(resolve(folder)));
    if (reason !== undefined) throw new WrunError("HOME_WITHIN_REACH", { folder, home: home.folder, reason });
  }
  return offLimits;
}

/** What cannot be looked at is given to nobody; the error names it. */
function reading<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (isWrunError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("FILE_UNREADABLE", { path, reason }, { cause: error });
  }
}
