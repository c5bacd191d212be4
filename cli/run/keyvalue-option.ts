import { statSync } from "node:fs";
import { WrunError } from "../../runtime/index.js";
import { reasonOf } from "../read-input.js";

const form = "DIR, or DIR::BUCKET[,BUCKET…], such as ./stores::notes";

/** `--keyvalue DIR[::BUCKET,…]`: the folder of the stores, and which of them a flag grants. */
export function parseKeyvalue(text: string): {
  readonly folder: string;
  readonly buckets: readonly string[] | undefined;
} {
  const [folder = "", names, ...more] = text.split("::");
  const buckets = names?.split(",");
  const refuse = (reason: string) =>
    new WrunError("CLI_OPTION_INVALID", { option: "--keyvalue", value: text, reason, form });
  if (folder === "") throw refuse("it names no folder");
  if (more.length > 0) throw refuse("it has more than one '::'");
  if (buckets?.includes("")) throw refuse("a bucket has no name");
  const problem = problemOf(folder);
  if (problem !== undefined) throw refuse(problem);
  return { folder, buckets };
}

/** Of what is there; a folder that is not there is made. */
function problemOf(folder: string): string | undefined {
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    return found === undefined || found.isDirectory() ? undefined : "it is not a folder";
  } catch (error) {
    return reasonOf(error);
  }
}
