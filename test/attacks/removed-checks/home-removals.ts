import type { Removal } from "./removals.js";

export const homeRemovals: readonly Removal[] = [
  {
    check: "a file that was opened is none of the home's",
    attack: "read a key by a name in its own folder",
    edits: [
      {
        file: "host-interfaces/filesystem/open-at.js",
        find: /if \(root\.barrier\.coversFile\(stats\)\)/g,
        replace: "if (false)",
      },
    ],
  },
  {
    check: "a folder that is given is not the home's",
    attack: "be given the home as its folder",
    // When the run is asked for, and once more when the folder is opened.
    edits: [
      {
        file: "runtime/sandbox/admission/keep-home-apart.js",
        find: /if \(reason !== undefined\)/g,
        replace: "if (false)",
      },
      {
        file: "host-interfaces/filesystem/root.js",
        find: /if \(reach !== undefined\)/g,
        replace: "if (false)",
      },
    ],
  },
  {
    check: "a bucket's folder is not the home's",
    attack: "have its store in the home",
    // Before it would be made, and once it is there.
    edits: [
      {
        file: "host-interfaces/keyvalue/bucket.js",
        find: /if \(barrier\.reachOf(?:Planned)?\(this\.#folder\) !== undefined\)/g,
        replace: "if (false)",
        times: 2,
      },
    ],
  },
];
