import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackage } from "./build.js";

const project = fileURLToPath(new URL("../..", import.meta.url));
await buildPackage(join(project, "dist"), join(project, "lib"));
