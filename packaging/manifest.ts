/** `lib/chunks/manifest.json`: what was built, and what must be found there. */
export interface Manifest {
  /** `sha256:` and the digest over {@link files}; genesis names it. */
  readonly build: string;
  /** SHA-256 of each chunk, hex, by its file's name. */
  readonly files: Readonly<Record<string, string>>;
  /** Words of the command line for which there is a code cache each. */
  readonly purposes: readonly string[];
}

/** A chunk is one function of these, so that it may be compiled by whatever means. */
export const chunkParameters = [
  "exports",
  "require",
  "module",
  "wrunPlace",
  "wrunImport",
  "wrunBuild",
] as const;
