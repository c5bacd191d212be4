/**
 * Whether an implementation of `offered` can stand in for an import of `wanted` (Semantic Versioning 2.0.0, with the
 * Component Model's reading of it): the same major, below 1.0.0 also the same minor. A patch release may be newer than
 * ours; functions that it adds are then not implemented, and denied. A pre-release fits nothing but itself, since drafts
 * change without notice.
 */
export function isCompatible(wanted: string, offered: string): boolean {
  if (wanted === offered) return true;
  const [want, have] = [parse(wanted), parse(offered)];
  if (want === undefined || have === undefined || want.prerelease || have.prerelease) return false;
  return want.major === have.major && (want.major > 0 || want.minor === have.minor);
}

function parse(version: string): { major: number; minor: number; prerelease: boolean } | undefined {
  const match = /^(\d+)\.(\d+)\.\d+(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.exec(version);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), prerelease: match[3] !== undefined };
}
