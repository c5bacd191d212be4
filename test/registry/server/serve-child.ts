import { startRegistry } from "../../../registry/index.js";

/** A registry in a process of its own, for tests that kill it or take its disk away. Prints its URL. */
const folder = process.argv[2] ?? "";
const registry = await startRegistry({ folder, host: "127.0.0.1", port: 0 });
process.stdout.write(`${registry.url}\n`);
