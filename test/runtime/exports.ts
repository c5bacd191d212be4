import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseSync } from "oxc-parser";

/** Where a name that an entry point exports is declared. */
export interface Declaration {
  /** Path from the project's root. */
  readonly file: string;
  readonly localName: string;
  /** Whether a docstring stands right before one of its declarations. */
  readonly documented: boolean;
}

interface Parsed {
  /** Exported name to what it is: a name declared here, or one of another file. */
  readonly exports: ReadonlyMap<string, { readonly from: string | undefined; readonly name: string }>;
  /** Files whose exports are exported as a whole. */
  readonly wholes: readonly string[];
  readonly documented: ReadonlySet<string>;
}

/** Everything that a module exports, followed through re-exports to its declaration. */
export function exportsOf(root: string, entry: string): ReadonlyMap<string, Declaration> {
  const cache = new Map<string, Parsed>();
  const read = (file: string): Parsed => {
    const known = cache.get(file) ?? parse(file);
    cache.set(file, known);
    return known;
  };
  const namesOf = (file: string): string[] => {
    const { exports, wholes } = read(file);
    return [...exports.keys(), ...wholes.flatMap(namesOf)];
  };
  const declarationOf = (file: string, name: string): Declaration | undefined => {
    const { exports, wholes, documented } = read(file);
    const found = exports.get(name);
    if (found === undefined) {
      return wholes.map((whole) => declarationOf(whole, name)).find((item) => item !== undefined);
    }
    if (found.from !== undefined) return declarationOf(found.from, found.name);
    return { file: relative(root, file), localName: found.name, documented: documented.has(found.name) };
  };
  const all = new Map<string, Declaration>();
  for (const name of namesOf(join(root, entry))) {
    const declaration = declarationOf(join(root, entry), name);
    if (declaration === undefined) throw new Error(`${entry} exports ${name}, which is declared nowhere`);
    all.set(name, declaration);
  }
  return all;
}

function parse(file: string): Parsed {
  const source = readFileSync(file, "utf8");
  const { module, program, comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} does not parse`);
  const exports = new Map<string, { from: string | undefined; name: string }>();
  const wholes: string[] = [];
  const imported = new Map<string, { from: string; name: string }>();
  const resolve = (specifier: string): string => join(dirname(file), specifier.replace(/\.js$/, ".ts"));
  for (const { entries, moduleRequest } of module.staticImports) {
    for (const { localName, importName } of entries)
      imported.set(localName.value, { from: resolve(moduleRequest.value), name: importName.name ?? "*" });
  }
  for (const { entries } of module.staticExports) {
    for (const { exportName, importName, localName, moduleRequest } of entries) {
      if (moduleRequest !== null && exportName.name === null) {
        wholes.push(resolve(moduleRequest.value));
        continue;
      }
      const name = exportName.name ?? "default";
      const local = localName.name ?? name;
      exports.set(
        name,
        moduleRequest === null
          ? (imported.get(local) ?? { from: undefined, name: local })
          : { from: resolve(moduleRequest.value), name: importName.name ?? name },
      );
    }
  }
  const documented = new Set<string>();
  for (const statement of program.body) {
    const last = comments.findLast(({ end }) => end <= statement.start);
    const isDocstring =
      last?.type === "Block" &&
      last.value.startsWith("*") &&
      source.slice(last.end, statement.start).trim() === "";
    if (isDocstring)
      for (const name of declaredBy(source.slice(statement.start, statement.end))) documented.add(name);
  }
  return { exports, wholes, documented };
}

/** The name that a declaration's text begins with. */
function declaredBy(text: string): readonly string[] {
  const found =
    /^(?:export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|interface|type|const|let)\s+([A-Za-z_$][\w$]*)/.exec(
      text,
    );
  return found?.[1] === undefined ? [] : [found[1]];
}
