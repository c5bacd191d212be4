/** Writes `wit/function-types.json` again, after a package in `wit/deps` was replaced. */
import { writeFile } from "node:fs/promises";
import { pinnedTypesFile, readPinnedTypes } from "./read-pinned-types.js";

await writeFile(pinnedTypesFile, `${JSON.stringify(await readPinnedTypes(), undefined, 2)}\n`);
