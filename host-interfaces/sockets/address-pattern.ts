import {
  createAddressSet,
  isAddressLiteral,
  isWrunError,
  normalizeHost,
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

/**
 * The same in a denial, without addresses: of a request by name, the host is the name, so that a denial of the host `127.0.0.1`
 * would let a name through that leads there.
 */
export function deniedHostPattern(z: SchemaMaker) {
  return hostPattern(z).refine(
    (pattern) => !isAddressLiteral(normalizeHost(pattern) ?? ""),
    "an address under hosts would not deny a name that leads to it; write it under addresses",
  );
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
