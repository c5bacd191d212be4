/* The one way to @peculiar/x509, which throws when it is loaded before its polyfill. */
// oxlint-disable-next-line import/no-unassigned-import -- a polyfill has nothing to assign
import "reflect-metadata";

export {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate,
} from "@peculiar/x509";
export type { Name } from "@peculiar/x509";
