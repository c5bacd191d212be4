import { WrunError } from "../errors/index.js";
import type { HostPackage } from "./host-package.js";

/**
 * Imports the module that an embedder named. It is trusted code, so that this finds mistakes and no attacks: a package
 * that is there twice, or half, would otherwise show as denials that nobody can explain.
 *
 * @param url of a module that exports `hostPackages`
 * @throws WrunError `HOST_PACKAGES_UNUSABLE`
 */
export async function loadHostPackages(url: string): Promise<readonly HostPackage[]> {
  let loaded: { readonly hostPackages?: unknown };
  try {
    loaded = (await import(url)) as { readonly hostPackages?: unknown };
  } catch (error) {
    throw unusable(url, `it does not load: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  const { hostPackages } = loaded;
  if (!Array.isArray(hostPackages)) throw unusable(url, "it exports no list hostPackages");
  const names = new Set<string>();
  for (const item of hostPackages as readonly unknown[]) {
    if (!isHostPackage(item)) {
      throw unusable(
        url,
        `entry ${names.size} is not a host package with name, version, interfaces and prepare`,
      );
    }
    if (names.has(item.name)) throw unusable(url, `it has two packages ${item.name}`);
    names.add(item.name);
    const [foreign] = Object.keys(item.functionTypes ?? {}).filter((key) => !key.startsWith(`${item.name}/`));
    if (foreign !== undefined)
      throw unusable(url, `${item.name} gives a type to ${foreign}, which is not its own`);
  }
  return hostPackages as readonly HostPackage[];
}

function isHostPackage(value: unknown): value is HostPackage {
  if (typeof value !== "object" || value === null) return false;
  const { name, version, interfaces, prepare } = value as Partial<Record<keyof HostPackage, unknown>>;
  return (
    typeof name === "string" &&
    typeof version === "string" &&
    typeof interfaces === "object" &&
    interfaces !== null &&
    typeof prepare === "function"
  );
}

function unusable(url: string, reason: string, cause?: unknown): WrunError {
  const place = url.startsWith("data:") ? "a data: URL" : url;
  return new WrunError("HOST_PACKAGES_UNUSABLE", { url: place, reason }, { cause });
}
