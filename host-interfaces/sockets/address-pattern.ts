import {
  createAddressSet,
  isWrunError,
  normalizeHostPattern,
  type SchemaMaker,
} from "../../runtime/host-contract.js";

/** An address, a range (`10.1.0.0/16`) or a class (`loopback`, `private`, `link-local`, `metadata`, `public` …). */
export function addressPattern(z: SchemaMaker) {
  return patternOf(z, "not an address, a range or a class of addresses", (pattern) =>
    createAddressSet([pattern]),
  );
}

/** A name, `*.` and a name, `*`, or an address. */
export function hostPattern(z: SchemaMaker) {
  return patternOf(z, "not a host pattern", normalizeHostPattern);
}

/** A string that a reader of patterns takes; where it refuses one, its reason is told. */
function patternOf(z: SchemaMaker, refusal: string, read: (pattern: string) => unknown) {
  return z.string().superRefine((pattern, context) => {
    try {
      read(pattern);
    } catch (error) {
      const reason = isWrunError(error) ? error.details["reason"] : undefined;
      const message = reason === undefined ? refusal : `${refusal}: ${reason}`;
      context.addIssue({ code: "custom", message, input: pattern });
    }
  });
}
