import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { componentEmbed, componentNew } from "@bytecodealliance/jco";
import { witDocument } from "../../guests/wit-source.js";
import { hostPackages } from "../../host-interfaces/index.js";
import { decodeComponent } from "../../runtime/component/index.js";
import type { ComponentType } from "../../runtime/component/wit-types.js";
import type { PreparedPackage } from "../../runtime/sandbox/host-package.js";
import { contextWith } from "../host-interfaces/instance-context.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** Everything that the WIT files of all host packages declare, as a component would import it. */
export async function declaredImports(): Promise<ComponentType["imports"]> {
  const world = join(root, "guests", "hostile", "worlds.wit");
  // A dummy of the whole world: unlike a real module, it imports all that the world declares.
  const module = await componentEmbed({
    dummy: true,
    witSource: witDocument(root, world, "0.2.12"),
    world: "command",
  });
  return decodeComponent(await componentNew(module)).type.imports;
}

/** All host packages by name, prepared for a guest that imports all of them and is permitted nothing. */
export async function preparedPackages(): Promise<ReadonlyMap<string, PreparedPackage>> {
  const context = contextWith({
    imports: new Set(
      hostPackages.flatMap((item) => Object.keys(item.interfaces).map((name) => `${item.name}/${name}`)),
    ),
    permits: () => false,
  });
  const prepared = new Map<string, PreparedPackage>();
  for (const item of hostPackages) prepared.set(item.name, await item.prepare(context));
  return prepared;
}
