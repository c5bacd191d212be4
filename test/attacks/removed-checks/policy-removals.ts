import type { Removal } from "./removals.js";

const fileGrants = "host-interfaces/filesystem/grant-index.js";

export const policyRemovals: readonly Removal[] = [
  {
    check: "a rule names functions that there are",
    attack: "pass by a denial of a function that is not there",
    edits: [
      {
        file: "runtime/policy/manifest/rule-contracts.js",
        find: /refuseUnknownFunctions\(rule, reached, place\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "a bucket is named in full",
    attack: "pass by a denial with a star that is none",
    edits: [
      {
        file: "host-interfaces/keyvalue/grant.js",
        find: /\.regex\(\/\[\^\*\]\$\/, /g,
        replace: ".regex(/^/, ",
      },
    ],
  },
  {
    check: "a rule has words that its calls can meet",
    attack: "pass by a denial of a word that none of its calls meets",
    edits: [
      {
        file: "runtime/policy/manifest/rule-contracts.js",
        find: /refuseUnmetWords\(rule, reached, place\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "a rule has rights that its functions ask for",
    attack: "pass by a denial of a right that its functions do not ask for",
    edits: [
      {
        file: "host-interfaces/filesystem/package.js",
        find: /words: fileWords, denyWords: fileDenyWords/g,
        replace: "",
      },
    ],
  },
  {
    check: "a rule about names has what a name has",
    attack: "pass by a denial of a port where a name is looked up",
    edits: [
      { file: "host-interfaces/sockets/package.js", find: /, denyWords: lookupDenyWords/g, replace: "" },
    ],
  },
  {
    check: "an argument rule can be met",
    attack: "pass by a denial that contradicts itself",
    edits: [
      {
        file: "runtime/policy/manifest/argument-conflicts.js",
        find: /const message = contradictionOf\(asked\);/g,
        replace: "return undefined; const message = undefined;",
      },
      {
        file: "runtime/policy/manifest/argument-conflicts.js",
        find: /!isPossible\(both\)/g,
        replace: "false",
      },
    ],
  },
  {
    check: "argument rules can be met together",
    attack: "pass by a denial whose parts contradict each other",
    edits: [
      {
        file: "runtime/policy/manifest/argument-conflicts.js",
        find: /!isPossible\(both\)/g,
        replace: "false",
      },
    ],
  },
  {
    check: "a rule asks for a parameter that there is",
    attack: "pass by a denial with an argument that is not there",
    edits: [
      {
        file: "runtime/policy/manifest/rule-arguments.js",
        find: /if \(types === undefined\)/g,
        replace: "if (types === undefined) return; if (false)",
      },
    ],
  },
  {
    check: "a rule asks for what a parameter can be",
    attack: "pass by a denial of a number below zero",
    edits: [
      {
        file: "runtime/policy/manifest/rule-arguments.js",
        find: /clauses\.find\([^;]*;/g,
        replace: "undefined;",
      },
    ],
  },
  {
    check: "a denial names addresses where names that lead there are covered",
    attack: "pass by a denial of an address as a host",
    edits: [
      {
        file: "host-interfaces/sockets/address-pattern.js",
        find: /!isAddressLiteral\(/g,
        replace: "true || !isAddressLiteral(",
      },
    ],
  },
  {
    check: "a name is of one script",
    attack: "pass by a denial of what only looks like a key",
    edits: [
      {
        file: "runtime/policy/manifest/yaml-features.js",
        find: /refuseMixedScripts\(token\.source, offsetOf\(token\), isEscaped, at\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "a rule names a file root that the run has",
    attack: "write below a denial of a root that is not there",
    edits: [
      {
        file: "runtime/sandbox/admission/admit.js",
        find: /refuseMissingRoots\(policy\.manifest, request\.roots \?\? \[\]\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "every rule that lets a call through is charged",
    attack: "hide behind a rule without a rate",
    edits: [
      {
        file: "runtime/sandbox/gate/deliberate.js",
        find: /owe\(decision\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "the target of a link is counted",
    attack: "carry bytes out in targets of links",
    edits: [
      {
        file: "host-interfaces/filesystem/link-functions.js",
        find: /textBytes\(target, path\)/g,
        replace: "textBytes(path)",
      },
    ],
  },
  {
    check: "malformed arguments are held against the denials",
    attack: "ask for what is denied with a NUL besides",
    edits: [
      {
        file: "runtime/sandbox/gate/malformed.js",
        find: /malformed instanceof MalformedArguments \? malformed\.known : \[\]/g,
        replace: "[]",
      },
    ],
  },
  {
    check: "a denial covers what is planted above it",
    attack: "plant a link over a denied path",
    edits: [{ file: fileGrants, find: /if \(isTreeDenied\)\s*take\(lowest\(node\.below\)\);/g, replace: "" }],
  },
  {
    check: "a denial of some functions is one of renaming",
    attack: "rename what a denial of one function covers",
    edits: [
      {
        file: "runtime/policy/match/denied-besides.js",
        find: /functions\.flatMap\(/g,
        replace: "[].flatMap(",
      },
    ],
  },
  {
    check: "a denial of some functions is one of those that do the same",
    attack: "read a key by a function that a denial does not name",
    edits: [
      { file: "host-interfaces/keyvalue/alike.js", find: /alike\.get\(functionName\)/g, replace: "null" },
    ],
  },
  {
    check: "a denial of a key is one through every interface",
    attack: "read a denied key through another interface",
    edits: [{ file: "host-interfaces/keyvalue/grant.js", find: /isShared: true,/g, replace: "" }],
  },
  {
    check: "a denial of writing is one of writing as a stream",
    attack: "write a denied file as a stream",
    edits: [
      {
        file: "host-interfaces/filesystem/alike.js",
        find: /\.\.\.alike\.filter\(/g,
        replace: "...[].filter(",
      },
    ],
  },
  {
    check: "what is planted is written",
    attack: "put content where writing is denied",
    edits: [{ file: fileGrants, find: /if \(isTreeDenied && right === "create"\)/g, replace: "if (false)" }],
  },
];
