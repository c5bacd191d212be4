import { Barrier } from "../../runtime/files/index.js";
import {
  type HeldMemory,
  type HostFunction,
  hostFunction,
  type HostPackage,
  type InstanceContext,
} from "../../runtime/host-contract.js";
import { Descriptor } from "./descriptor.js";
import { descriptorFunctions } from "./descriptor-functions.js";
import { fileGrants } from "./grant.js";
import { linkFunctions } from "./link-functions.js";
import { nameFunctions } from "./name-functions.js";
import { OpenCount } from "./open-file.js";
import { type HeldRoot, holdRoot } from "./root.js";
import { fileDenyWords, fileWords } from "./words.js";

/**
 * `wasi:filesystem`, on `node:fs` and the kernel's own handles. Every call on a path is decided on the place that the
 * path leads to inside a file root, and then done at exactly that place.
 */
export const filesystemPackage: HostPackage = {
  name: "wasi:filesystem",
  version: "0.2.12",
  interfaces: {
    preopens: { authority: "none" },
    types: { authority: "granted", grant: fileGrants, words: fileWords, denyWords: fileDenyWords },
  },
  prepare(context) {
    const barrier = new Barrier(context.offLimits);
    const roots = context.roots.map((root) => holdRoot(root, barrier));
    const count = new OpenCount(context.memory);
    return Promise.resolve({
      preopens: { "get-directories": getDirectories(context, roots) },
      types: { ...descriptorFunctions(count), ...nameFunctions(count), ...linkFunctions() },
    });
  },
};

/** Shows a guest only the roots that a rule names. */
function getDirectories(context: InstanceContext, roots: readonly HeldRoot[]): HostFunction {
  const site = { interface: "wasi:filesystem/types", function: "[method]descriptor.open-at" };
  return hostFunction({
    call: () =>
      roots
        .filter((root) => context.permits(site, { root: root.name, preopen: true }))
        .map((root) => [preopen(context.memory, root), root.guest]),
    durability: "ring",
  });
}

function preopen(memory: HeldMemory, root: HeldRoot): Descriptor {
  return new Descriptor(memory, root, [], "directory", { read: true, mutateDirectory: true }, undefined);
}
