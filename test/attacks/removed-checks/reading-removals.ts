import type { Removal } from "./removals.js";

const features = "runtime/policy/manifest/yaml-features.js";

export const readingRemovals: readonly Removal[] = [
  {
    check: "what a reviewer does not see is refused",
    attack: "hide a denial behind half an end of line",
    edits: [
      {
        file: "runtime/policy/manifest/document.js",
        find: /refuseHidden\(text, at\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "a number has one reading",
    attack: "have a number of a denial read as two",
    edits: [{ file: features, find: /refuseAmbiguous\([^;]*;/g, replace: ";" }],
  },
  {
    check: "half a character has no reading",
    attack: "pass by a denial of half a character",
    edits: [{ file: features, find: /refuseHalfCharacters\([^;]*;/g, replace: ";" }],
  },
  {
    check: "a path's prefix is no pattern",
    attack: "pass by a denial with a star behind its path",
    edits: [
      {
        file: "host-interfaces/filesystem/grant.js",
        find: /\.refine\(hasNoWildcard, /g,
        replace: ".refine(() => true, ",
      },
    ],
  },
  {
    check: "a prefix has names that a file can have",
    attack: "pass by a denial of a name that no file has",
    edits: [
      {
        file: "host-interfaces/filesystem/grant.js",
        find: /\.refine\(hasPossibleNames, /g,
        replace: ".refine(() => true, ",
      },
    ],
  },
  {
    check: "a method is one that can be sent",
    attack: "pass by a denial of a method that nobody sends",
    edits: [
      {
        file: "host-interfaces/http/grant.js",
        find: /\.refine\(isSent, /g,
        replace: ".refine(() => true, ",
      },
    ],
  },
  {
    check: "a path's prefix is one that a path can have",
    attack: "pass by a denial with a query in its path",
    edits: [
      {
        file: "host-interfaces/http/grant.js",
        find: /\.refine\(\(prefix\) => httpPrefixProblem\(prefix\) === undefined, /g,
        replace: ".refine(() => true, ",
      },
    ],
  },
];
