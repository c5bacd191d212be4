import { createAddressSet, type SchemaMaker } from "../../runtime/host-contract.js";

/** An address, a range (`10.1.0.0/16`) or a class (`loopback`, `private`, `link-local`, `metadata`, `public` …). */
export function addressPattern(z: SchemaMaker) {
  return z.string().refine(
    isPattern((pattern) => createAddressSet([pattern])),
    "not an address, a range or a class of addresses",
  );
}

/** Whether a reader of patterns takes it. */
export function isPattern(read: (pattern: string) => unknown): (pattern: string) => boolean {
  return (pattern) => {
    try {
      read(pattern);
      return true;
    } catch {
      return false;
    }
  };
}
