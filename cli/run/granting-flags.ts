import { isWrunError, WrunError } from "../../runtime/index.js";

/** Which flag grants an interface that the flags' own policy leaves out, so that it is not linked. */
const flags: readonly (readonly [string, string])[] = [
  ["wasi:http/", "--allow-net HOST[:PORT]"],
  ["wasi:sockets/", "--allow-net HOST[:PORT]"],
  ["wasi:keyvalue/", "--keyvalue DIR"],
  ["wasi:config/", "--config NAME=VALUE"],
];

/** @param imports a text that names the imports */
function grantingFlags(imports: string): readonly string[] {
  return [...new Set(flags.filter(([name]) => imports.includes(name)).map(([, flag]) => flag))];
}

/** For interfaces that are linked with nothing in them. */
const empty: typeof flags = [
  ["wasi:filesystem/", "--dir HOST[::GUEST]"],
  ["wasi:cli/environment", "--env NAME=VALUE"],
];

/** The flag that could allow a call that no rule allows; undefined where there is none. */
export function flagFor(imported: string): string | undefined {
  return [...flags, ...empty].find(([name]) => imported.startsWith(name))?.[1];
}

/** An import that no flag granted is mended by a flag as well as by a manifest. */
export function withFlags(error: unknown): unknown {
  if (!isWrunError(error) || error.code !== "IMPORT_NOT_GRANTED") return error;
  const { imports = "", advice = "" } = error.details;
  const granting = grantingFlags(String(imports));
  if (granting.length === 0) return error;
  return new WrunError(
    "IMPORT_NOT_GRANTED_BY_FLAGS",
    { imports, advice, flags: granting.join(", ") },
    { cause: error },
  );
}
