import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { buildGuests } from "../../guests/build.js";
import { startRegistry } from "../../registry/index.js";
import { createRuntime, initHome, type PublisherIdentity, type Runtime } from "../../runtime/index.js";
import type { Reporter } from "./report.js";

/** Everything that the main job needs around it, all of it real and all of it in one scratch folder. */
export interface Stage {
  readonly runtime: Runtime;
  readonly publisher: PublisherIdentity;
  /** Host and port of the registry: `127.0.0.1:41234`. */
  readonly registry: string;
  readonly registryFolder: string;
  /** Paths of the built guests by name. */
  readonly guests: ReadonlyMap<string, string>;
  /** The folder that the guest sees as `/data`. */
  readonly data: string;
  readonly keyvalue: string;
  /** Where the HTTP server listens, and how many requests have reached it. */
  readonly port: number;
  requests(): number;
  close(): Promise<void>;
}

const hostPackages = new URL("../../host-interfaces/index.js", import.meta.url);

export async function openStage(scratch: string, report: Reporter): Promise<Stage> {
  report.chapter("Build two guests");
  const guests = await build(join(scratch, "guests"), report);

  report.chapter("Set the stage");
  const registryFolder = join(scratch, "registry");
  const registry = await startRegistry({ folder: registryFolder, host: "127.0.0.1", port: 0 });
  report.say(`registry at ${registry.address}, in a folder`);
  const home = join(scratch, "home");
  const { node, publisher } = await initHome({ home, publisher: "Main Job Ltd" });
  if (publisher === undefined) throw new Error("no publisher was created");
  report.say(`publisher key ${publisher.keyId}`);
  report.say(`node ${node.spiffeId}, key ${node.keyId}`);
  const runtime = await createRuntime({ home, hostPackages });

  const data = join(scratch, "data");
  await mkdir(join(data, "in"), { recursive: true });
  await mkdir(join(data, "private"));
  await writeFile(join(data, "in", "order.txt"), "seven oranges\n");
  await writeFile(join(data, "private", "salaries.txt"), "nobody's business\n");
  const web = await serve();
  report.say(`HTTP server at 127.0.0.1:${web.port}`);

  return {
    runtime,
    publisher,
    registry: registry.address,
    registryFolder,
    guests,
    data,
    keyvalue: join(scratch, "keyvalue"),
    port: web.port,
    requests: web.requests,
    async close() {
      runtime.close();
      web.server.close();
      web.server.closeAllConnections();
      await registry.close();
    },
  };
}

async function build(out: string, report: Reporter): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const outcome of await buildGuests({ out, only: ["notes", "spin"] })) {
    if (!("path" in outcome)) throw new Error(`${outcome.guest.name} was not built: ${outcome.reason}`);
    paths.set(outcome.guest.name, outcome.path);
    report.say(
      `${outcome.guest.name}: from ${outcome.guest.language === "typescript" ? "TypeScript" : "WAT"}`,
    );
  }
  return paths;
}

async function serve(): Promise<{ server: Server; port: number; requests: () => number }> {
  let count = 0;
  const server = createServer((_, response) => {
    count += 1;
    response.end("oranges are 40 cents\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the HTTP server has no port");
  return { server, port: address.port, requests: () => count };
}
