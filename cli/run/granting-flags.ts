/** Which flag grants an interface that the flags' own policy leaves out, so that it is not linked. */
const flags: readonly (readonly [string, string])[] = [
  ["wasi:http/", "--allow-net HOST[:PORT]"],
  ["wasi:sockets/", "--allow-net HOST[:PORT]"],
  ["wasi:keyvalue/", "--keyvalue DIR"],
  ["wasi:config/", "--config NAME=VALUE"],
];

/** @param imports a text that names the imports */
export function grantingFlags(imports: string): readonly string[] {
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
