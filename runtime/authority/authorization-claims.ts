import { z } from "zod";
import { parseDigest } from "../digest.js";
import { parseSpiffeId } from "./spiffe-id.js";

export const authorizationType = "wrun-authorization+jwt";

const spiffeId = z.string().transform((text, context) => attempt(() => parseSpiffeId(text), context));
const digest = z.string().transform((text, context) => attempt(() => parseDigest(text), context));
/** Whole seconds since 1970; the upper bound keeps milliseconds an exact integer. */
const seconds = z.int().min(0).max(99_999_999_999);

/** RFC 7519 claims, and ours. Strict: an authorization that says more than this code understands is refused. */
export const authorizationClaims = z.strictObject({
  iss: spiffeId,
  sub: spiffeId,
  aud: spiffeId,
  iat: seconds,
  nbf: seconds,
  exp: seconds,
  jti: z.string().regex(/^[0-9a-f]{32}$/),
  component: digest,
  policy: digest,
  zone: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  /** RFC 7800: the key of the node that may use it. */
  cnf: z.strictObject({ kid: digest }),
});

export type AuthorizationClaims = z.output<typeof authorizationClaims>;

function attempt<Value>(parse: () => Value, context: z.RefinementCtx): Value {
  try {
    return parse();
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
}
