import type { Removal } from "./removals.js";

const ownerOnly = "runtime/authority/owner-only.js";

export const quietRemovals: readonly Removal[] = [
  {
    check: "a request's handles lead nowhere once it is answered",
    attack: "read another request by what it kept of one",
    edits: [
      {
        file: "runtime/sandbox/worker/served-exchange.js",
        find: /this\.#isOver = true;\s*this\.#piece = none;/g,
        replace: "",
      },
      {
        file: "runtime/sandbox/worker/served-exchange.js",
        find: /next\?\.exchange === this\.#id/g,
        replace: "next !== undefined",
      },
    ],
  },
  {
    check: "a guest's line that begins like one of ours is marked",
    attack: "speak for the host beside it",
    edits: [{ file: "cli/guest-lines.js", find: /parts\.push\(mark\);/g, replace: "" }],
  },
  {
    check: "a note of ours is one line, whatever it quotes",
    attack: "speak for the host within a line of it",
    edits: [
      {
        file: "cli/terminal.js",
        find: /err\(lineOf\(form, \[visibleLine\(text\), /g,
        replace: "err(lineOf(form, [text, ",
      },
    ],
  },
  {
    check: "a secret is a file of this user's alone, and no link",
    attack: "choose the key of the cache",
    edits: [
      { file: ownerOnly, find: /flags \| constants\.O_NOFOLLOW \|/g, replace: "flags |" },
      { file: ownerOnly, find: /checkOwner\(path, stats\);/g, replace: "" },
    ],
  },
  {
    check: "a list is made of what may be seen",
    attack: "learn of keys that it may not see",
    edits: [{ file: "host-interfaces/keyvalue/bucket.js", find: / \|\| !isVisible\(key\)/g, replace: "" }],
  },
  {
    check: "what stands for a file is keyed with a secret of the run",
    attack: "tell a file of the host by its inode",
    edits: [
      {
        file: "host-interfaces/filesystem/metadata.js",
        find: /const secret = randomBytes\(32\)/g,
        replace: "const secret = Buffer.alloc(32)",
      },
    ],
  },
];
