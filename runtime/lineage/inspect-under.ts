import type { SignedHead } from "./checkpoint.js";
import { type InspectedRun, inspectRun } from "./inspect-run.js";
import type { RunId } from "./types.js";

/** A run as its files say, beside what the newest signed head says of it. */
export interface InspectedUnder extends InspectedRun {
  /** Where the two do not agree, a sentence. */
  readonly contradiction: string | undefined;
}

/** Reads a whole run, whose beginning must be what the head was signed over. Throws what `inspectRun` throws. */
export async function inspectUnder(
  folder: string,
  runId: RunId,
  head: SignedHead | undefined,
  each?: () => void,
): Promise<InspectedUnder> {
  let root: Buffer | undefined;
  const run = await inspectRun(folder, runId, (_, tree) => {
    if (tree.size === head?.size) root = tree.root();
    each?.();
  });
  return { ...run, contradiction: head && contradictionOf(head, root, run.tree.size) };
}

function contradictionOf(head: SignedHead, root: Buffer | undefined, found: number): string | undefined {
  if (root === undefined)
    return `the ${head.file} was signed over ${head.size} records, and ${found} are there`;
  return root.equals(head.root)
    ? undefined
    : `the records are not the ones that the ${head.file} was signed over`;
}
