import { z } from "zod";
import { type Descriptor, descriptorSchema, mediaTypeSchema } from "./descriptor.js";
import { mediaTypes } from "./media-types.js";

/** 4 MiB, which the distribution specification names as the least that everyone should accept. */
export const maxManifestBytes = 4 * 1024 * 1024;

/** What a manifest refers to. The bytes it was parsed from stay the manifest; this is only read out of them. */
export type ParsedManifest = ImageManifest | ImageIndex;

interface Common {
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly subject: Descriptor | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

interface ImageManifest extends Common {
  readonly kind: "image";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

interface ImageIndex extends Common {
  readonly kind: "index";
  readonly manifests: readonly IndexEntry[];
}

/** A descriptor in an index; a list of referrers names what kind of artifact each one is. */
export interface IndexEntry extends Descriptor {
  readonly artifactType?: string | undefined;
}

export type ManifestResult =
  | { readonly ok: true; readonly manifest: ParsedManifest }
  | { readonly ok: false; readonly reason: string };

// An annotation may be called `__proto__`; entries keep it an ordinary key.
const annotationsSchema = z
  .unknown()
  .refine((value) => isStringMap(value), "annotations must map strings to strings")
  .transform((value) => value as Record<string, string>);

const common = {
  schemaVersion: z.literal(2),
  mediaType: mediaTypeSchema.optional(),
  artifactType: mediaTypeSchema.optional(),
  subject: descriptorSchema.optional(),
  annotations: annotationsSchema.optional(),
};

const imageSchema = z.object({
  ...common,
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(10_000),
  manifests: z.undefined().optional(),
});

const indexSchema = z.object({
  ...common,
  manifests: z.array(descriptorSchema.extend({ artifactType: mediaTypeSchema.optional() })).max(10_000),
  config: z.undefined().optional(),
  layers: z.undefined().optional(),
});

const kinds: ReadonlyMap<string, "image" | "index"> = new Map([
  [mediaTypes.imageManifest, "image"],
  [mediaTypes.dockerManifest, "image"],
  [mediaTypes.imageIndex, "index"],
  [mediaTypes.dockerManifestList, "index"],
]);

/**
 * Reads a manifest of the media type that the other side declared. A document that is an image under one reading and
 * an index under another is refused, and so is one whose own `mediaType` contradicts the declared one.
 */
export function parseManifest(bytes: Uint8Array, declaredType: string | undefined): ManifestResult {
  const json = parseJson(bytes);
  if (json === undefined) return { ok: false, reason: "it is not JSON in UTF-8" };
  const own = z.object({ mediaType: z.string() }).safeParse(json).data?.mediaType;
  if (own !== undefined && declaredType !== undefined && own !== declaredType) {
    return { ok: false, reason: "its mediaType differs from the Content-Type" };
  }
  const mediaType = declaredType ?? own;
  const kind = kinds.get(mediaType ?? "");
  if (mediaType === undefined || kind === undefined)
    return { ok: false, reason: "its media type is not supported" };

  if (kind === "image") {
    const { success, data, error } = imageSchema.safeParse(json);
    if (!success) return { ok: false, reason: firstIssue(error) };
    const { config, layers } = data;
    return { ok: true, manifest: { kind, mediaType, ...shared(data), config, layers } };
  }
  const { success, data, error } = indexSchema.safeParse(json);
  if (!success) return { ok: false, reason: firstIssue(error) };
  return { ok: true, manifest: { kind, mediaType, ...shared(data), manifests: data.manifests } };
}

function shared(data: {
  artifactType?: string | undefined;
  subject?: Descriptor | undefined;
  annotations?: Record<string, string> | undefined;
}) {
  return { artifactType: data.artifactType, subject: data.subject, annotations: data.annotations };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function isStringMap(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => typeof item === "string");
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "it does not have the shape of a manifest";
  return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
}
