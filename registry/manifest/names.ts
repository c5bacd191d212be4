/** A repository name that matches the grammar of the OCI distribution specification 1.1. */
export type RepositoryName = string & { readonly __checked: "repository-name" };

/** A tag that matches the grammar of the OCI distribution specification 1.1. */
export type Tag = string & { readonly __checked: "tag" };

const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const namePattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Leaves a client with a 253-byte host name less than the 255 that some allow for both; the grammar sets no limit. */
const maxNameLength = 255;

/** Undefined unless `text` is exactly a repository name. */
export function parseRepositoryName(text: string): RepositoryName | undefined {
  if (text.length > maxNameLength || !namePattern.test(text)) return undefined;
  return text as RepositoryName;
}

/** Undefined unless `text` is exactly a tag. */
export function parseTag(text: string): Tag | undefined {
  return tagPattern.test(text) ? (text as Tag) : undefined;
}
