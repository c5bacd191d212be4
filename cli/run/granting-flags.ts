/** Which flag grants an interface that the flags' own policy leaves out. */
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
