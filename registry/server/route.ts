import { type Digest, parseDigest } from "../../runtime/index.js";
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from "../manifest/names.js";
import { ProtocolError } from "./protocol-error.js";

/** A request's target, as far as the grammar of the distribution specification allows one to be. */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "tags"; readonly name: RepositoryName }
  | { readonly kind: "manifest"; readonly name: RepositoryName; readonly reference: ManifestReference }
  | { readonly kind: "blob"; readonly name: RepositoryName; readonly digest: Digest }
  | { readonly kind: "uploads"; readonly name: RepositoryName }
  | { readonly kind: "upload"; readonly name: RepositoryName; readonly id: UploadId }
  | { readonly kind: "referrers"; readonly name: RepositoryName; readonly digest: Digest };

export type ManifestReference =
  | { readonly kind: "tag"; readonly tag: Tag }
  | { readonly kind: "digest"; readonly digest: Digest };

/** The id that this registry gave to an upload. */
export type UploadId = string & { readonly __checked: "upload-id" };

export interface Target {
  readonly route: Route;
  readonly query: URLSearchParams;
}

const uploadIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Parses the request target exactly as it came over the wire: nothing is decoded or normalised, since nothing in the
 * grammar of names, tags and digests ever needs to be, and an escape could only say something to us that a proxy in
 * front of us reads differently. Names hold slashes and may even contain the words `blobs` or `manifests`, so the path
 * is read from its end.
 */
export function parseTarget(url: string, maxUrlLength: number): Target {
  if (url.length > maxUrlLength) throw new ProtocolError(414, "NAME_INVALID", "the URL is too long");
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1));
  return { route: parsePath(path), query };
}

/** The one value of a query parameter. A second one would let two readers of the URL disagree. */
export function single(query: URLSearchParams, key: string): string | undefined {
  const values = query.getAll(key);
  if (values.length > 1) throw new ProtocolError(400, "UNSUPPORTED", `the query has more than one ${key}`);
  return values[0];
}

export function checkDigest(text: string): Digest {
  try {
    return parseDigest(text);
  } catch {
    throw new ProtocolError(
      400,
      "DIGEST_INVALID",
      "a digest is sha256: and 64 lower-case hexadecimal digits",
    );
  }
}

export function checkName(text: string): RepositoryName {
  const name = parseRepositoryName(text);
  if (name === undefined) throw new ProtocolError(400, "NAME_INVALID", "that is not a repository name");
  return name;
}

function parsePath(path: string): Route {
  if (path === "/v2" || path === "/v2/") return { kind: "base" };
  if (!path.startsWith("/v2/"))
    throw new ProtocolError(404, "UNSUPPORTED", "the registry answers under /v2/");
  const segments = path.slice("/v2/".length).split("/");
  const last = segments.at(-1) ?? "";
  const word = segments.at(-2);
  const nameBefore = (count: number) => checkName(segments.slice(0, -count).join("/"));

  if (word === "tags" && last === "list") return { kind: "tags", name: nameBefore(2) };
  if (word === "manifests") return { kind: "manifest", name: nameBefore(2), reference: checkReference(last) };
  if (word === "referrers") return { kind: "referrers", name: nameBefore(2), digest: checkDigest(last) };
  if (word === "blobs" && last === "uploads") return { kind: "uploads", name: nameBefore(2) };
  if (word === "blobs") return { kind: "blob", name: nameBefore(2), digest: checkDigest(last) };
  if (word === "uploads" && segments.at(-3) === "blobs") {
    const name = nameBefore(3);
    if (last === "") return { kind: "uploads", name };
    if (!uploadIdPattern.test(last)) {
      throw new ProtocolError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
    }
    return { kind: "upload", name, id: last as UploadId };
  }
  throw new ProtocolError(404, "UNSUPPORTED", "the distribution specification has no such endpoint");
}

function checkReference(text: string): ManifestReference {
  if (text.includes(":")) return { kind: "digest", digest: checkDigest(text) };
  const tag = parseTag(text);
  if (tag === undefined)
    throw new ProtocolError(404, "MANIFEST_UNKNOWN", "that is neither a tag nor a digest");
  return { kind: "tag", tag };
}
