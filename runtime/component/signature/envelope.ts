import { z } from "zod";
import { WrunError } from "../../errors/index.js";
import { parseStrictJson } from "./strict-json.js";

/*
 * The Notary Project's JWS envelope (specs/signature-envelope-jws.md): flattened JWS JSON serialisation, signing
 * scheme notary.x509.
 */

export const payloadMediaType = "application/vnd.cncf.notary.payload.v1+json";
/** `config.mediaType` of the referrer's manifest, and its artifact type. */
export const signatureArtifactType = "application/vnd.cncf.notary.signature";
/** The referrer's annotation: see {@link import("./sign-artifact.js").chainThumbprints}. */
export const thumbprintAnnotation = "io.cncf.notary.x509chain.thumbprint#S256";

export const schemeHeader = "io.cncf.notary.signingScheme";
export const timeHeader = "io.cncf.notary.signingTime";
export const expiryHeader = "io.cncf.notary.expiry";
export const agentHeader = "io.cncf.notary.signingAgent";
export const x509Scheme = "notary.x509";

/** What an envelope says. Nothing in it is to be believed before {@link import("./verify-envelope.js")} has. */
export interface ParsedEnvelope {
  /** The signed parts, as they were encoded. */
  readonly jws: { readonly payload: string; readonly protected: string; readonly signature: string };
  readonly algorithm: string;
  readonly signingTime: Date;
  readonly expiry: Date | undefined;
  /** DER, the signing certificate first. Not signed: they must stand on their own. */
  readonly certificates: readonly Uint8Array[];
}

const sizeLimit = 256 * 1024;
/** One spelling for the same bytes: no padding bits, line breaks or characters that decoders skip. */
const base64url = encodedAs("base64url");
const base64 = encodedAs("base64");

const envelopeForm = z.strictObject({
  payload: base64url,
  protected: base64url,
  header: z.strictObject({
    x5c: z.array(base64).min(1),
    [agentHeader]: z.string().optional(),
    // A countersignature would let a signature outlive its certificate. It is not evaluated here, so that it
    // cannot: without it the present time counts.
    "io.cncf.notary.timestampSignature": z.string().optional(),
  }),
  signature: base64url,
});

const rfc3339 = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/, "is not an RFC 3339 time")
  .transform((text, context) => {
    const time = new Date(text);
    if (!Number.isNaN(time.getTime())) return time;
    context.addIssue({ code: "custom", message: "is not a time" });
    return z.NEVER;
  });

const protectedForm = z.strictObject({
  alg: z.enum(["ES256", "ES384", "ES512", "PS256", "PS384", "PS512"]),
  cty: z.literal(payloadMediaType),
  crit: z.array(z.enum([schemeHeader, expiryHeader])),
  [schemeHeader]: z.literal(x509Scheme),
  [timeHeader]: rfc3339,
  [expiryHeader]: rfc3339.optional(),
});

/** Throws `SIGNATURE_MALFORMED`. */
export function parseEnvelope(bytes: Uint8Array): ParsedEnvelope {
  if (bytes.length > sizeLimit) throw malformed(`it is larger than ${sizeLimit} bytes`);
  const envelope = parseAs(envelopeForm, bytes, "the envelope");
  const headers = parseAs(
    protectedForm,
    Buffer.from(envelope.protected, "base64url"),
    "the protected header",
  );
  const expiry = headers[expiryHeader];
  const critical = new Set<string>(headers.crit);
  if (critical.size !== headers.crit.length) throw malformed("crit names a header twice");
  if (!critical.has(schemeHeader)) throw malformed(`crit does not name ${schemeHeader}`);
  if (critical.has(expiryHeader) !== (expiry !== undefined)) {
    throw malformed(`${expiryHeader} and crit do not agree`);
  }
  return {
    jws: { payload: envelope.payload, protected: envelope.protected, signature: envelope.signature },
    algorithm: headers.alg,
    signingTime: headers[timeHeader],
    expiry,
    certificates: envelope.header.x5c.map((text) => Buffer.from(text, "base64")),
  };
}

const payloadForm = z.strictObject({
  targetArtifact: z.strictObject({
    mediaType: z.string().min(1),
    digest: z.string().min(1),
    size: z.int().min(0),
    annotations: z.record(z.string(), z.string()).optional(),
    artifactType: z.string().optional(),
  }),
});

export type SignedDescriptor = z.output<typeof payloadForm>["targetArtifact"];

/** For bytes whose signature has been verified. Throws `SIGNATURE_MALFORMED`. */
export function parsePayload(bytes: Uint8Array): SignedDescriptor {
  return parseAs(payloadForm, bytes, "the payload").targetArtifact;
}

function parseAs<Form extends z.ZodType>(form: Form, bytes: Uint8Array, what: string): z.output<Form> {
  let value: unknown;
  try {
    value = parseStrictJson(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError(
      "SIGNATURE_MALFORMED",
      { reason: `${what} is not JSON: ${reason}` },
      { cause: error },
    );
  }
  const result = form.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw malformed(`${what}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "has another form"}`);
}

function encodedAs(encoding: "base64" | "base64url") {
  return z
    .string()
    .min(1)
    .refine((text) => Buffer.from(text, encoding).toString(encoding) === text, `is not ${encoding}`);
}

function malformed(reason: string): WrunError {
  return new WrunError("SIGNATURE_MALFORMED", { reason });
}
