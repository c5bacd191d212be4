import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

const modulesFolder = `${sep}node_modules${sep}`;

/** The licences of the packages whose modules are in the bundle, which have to go with it. */
export function collectLicences(moduleIds: readonly string[]): string {
  const folders = new Set(moduleIds.flatMap((id) => packageFolder(id) ?? []));
  return [...folders].sort().map(describePackage).join("\n");
}

function packageFolder(id: string): string | undefined {
  const at = id.lastIndexOf(modulesFolder);
  if (at < 0) return undefined;
  const [scopeOrName = "", name = ""] = id.slice(at + modulesFolder.length).split(sep);
  return (
    id.slice(0, at) + modulesFolder + (scopeOrName.startsWith("@") ? join(scopeOrName, name) : scopeOrName)
  );
}

function describePackage(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const file = existsSync(folder) ? readdirSync(folder).find((each) => /^licen[cs]e/i.test(each)) : undefined;
  const text =
    file === undefined
      ? `Licence: ${license ?? "not stated"}`
      : readFileSync(join(folder, file), "utf8").trim();
  return `${"=".repeat(80)}\n${name} ${version}\n\n${text}\n`;
}
