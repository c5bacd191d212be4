import type { Removal } from "./removals.js";

export const trustRemovals: readonly Removal[] = [
  {
    check: "whoever vouches for a publisher is watched too",
    attack: "go on after its issuer lost its key",
    edits: [
      {
        file: "runtime/sandbox/admission/facts.js",
        find: /for \(const \{([^}]*)\} of chain\)/g,
        replace: "for (const {$1} of chain.slice(0, 1))",
      },
    ],
  },
  {
    check: "a file that cannot be read for the moment is read again",
    attack: "end a run of somebody else by a lack of descriptors",
    edits: [
      { file: "runtime/trust/policy-file.js", find: /if \(isPassing\(error\)\)/g, replace: "if (false)" },
    ],
  },
  {
    check: "what is refused as malformed is no denial",
    attack: "have its own mistakes taken for denials",
    edits: [
      {
        file: "runtime/sandbox/gate/gate.js",
        find: /isMalformed: verdict\.rejection !== undefined,/g,
        replace: "isMalformed: false,",
      },
    ],
  },
];
