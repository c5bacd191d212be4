import {
  type CallSite,
  type Facts,
  type GrantKind,
  quoteYaml,
  type SchemaMaker,
} from "../../runtime/host-contract.js";
import { type FileGrant, indexFileGrants, isCanonical } from "./grant-index.js";
import { canBeName } from "./path-text.js";
import { alikeBesides } from "./alike.js";
import { rights } from "./rights.js";

/**
 * `fs: [{ root: data, prefix: /in, rights: [read] }]` on `wasi:filesystem/types`.
 * `/in` covers `/in` and what is below it, never `/inside`. In a `deny` rule a key that is left out means any.
 */
export const fileGrants: GrantKind<FileGrant> = {
  key: "fs",
  schema: (z) => z.strictObject({ root: rootName(z), prefix: prefix(z), rights: rightList(z) }),
  denySchema: (z) =>
    z
      .strictObject({
        root: rootName(z).optional(),
        prefix: prefix(z).default("/"),
        rights: rightList(z).default([...rights]),
      })
      .transform(({ root, ...rest }) => ({ root, ...rest })),
  rootOf: ({ root }) => root,
  besides: alikeBesides,
  factNames: ["root", "path", "right", "outside", "preopen", "tree"],
  factTypes: { outside: "boolean", preopen: "boolean", tree: "boolean" },
  example: "{ root: data, prefix: /in, rights: [read] }",
  compile: indexFileGrants,
  suggest: suggestGrant,
};

function rootName(z: SchemaMaker) {
  return z
    .string()
    .min(1, "name a file root")
    .regex(/^[^/]/, "a root has a name without a slash, such as data; where in it is said by prefix");
}

/** A segment that ends with a star is meant as a pattern; as a name it would match next to nothing. */
function hasNoWildcard(path: string): boolean {
  return !path.split("/").some((segment) => segment.endsWith("*"));
}

/** A file with another name cannot be there, so that a denial of one would deny nothing. */
function hasPossibleNames(path: string): boolean {
  return path.split("/").every((segment) => segment === "" || canBeName(segment));
}

function prefix(z: SchemaMaker) {
  return z
    .string()
    .refine(
      isCanonical,
      "write a path inside the root such as /in or /, without '.', '..' or a slash at the end",
    )
    .refine(hasNoWildcard, "a prefix covers all that is below it; write it without the *")
    .refine(hasPossibleNames, "no file has a name of more than 255 bytes");
}

function rightList(z: SchemaMaker) {
  return z.array(z.enum(rights)).min(1, `list at least one of ${rights.join(", ")}`);
}

function suggestGrant(site: CallSite, facts: Facts): string {
  if (facts["outside"] === true) return "# no rule can allow this: the path leads outside its file root";
  const { root = "data", path = "/in", right = "read" } = facts;
  // The path is the guest's, and a person copies the line: nothing in it may end a string or hide what it says.
  const [quotedRoot, quotedPath, quotedRight] = [root, path, right].map((fact) =>
    typeof fact === "string" ? quoteYaml(fact) : JSON.stringify(fact),
  );
  const grant = `{ root: ${quotedRoot}, prefix: ${quotedPath}, rights: [${quotedRight}] }`;
  return `- interface: ${site.interface}\n  fs: [${grant}]`;
}
