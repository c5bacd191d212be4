/** After these, what stood under one name is reached by another: a denial of any function would hold for the old one alone. */
const renaming = [
  "[method]descriptor.rename-at",
  "[method]descriptor.link-at",
  "[method]descriptor.symlink-at",
];

/** Functions that do the same to the same file, with a descriptor or a name, at once or as a stream. */
const alike: readonly (readonly string[])[] = [
  ["read", "read-via-stream"],
  ["write", "write-via-stream", "append-via-stream"],
  ["stat", "stat-at"],
  ["set-times", "set-times-at"],
  ["metadata-hash", "metadata-hash-at"],
].map((names) => names.map((name) => `[method]descriptor.${name}`));

/** What a denial of a function covers besides, where it carries a grant. */
export function alikeBesides(functionName: string): readonly string[] {
  return [...renaming, ...alike.filter((names) => names.includes(functionName)).flat()];
}
