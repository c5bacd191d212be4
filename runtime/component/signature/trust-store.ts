import { type Dirent, lstatSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { x509Library } from "../../x509-library.js";
import { WrunError } from "../../errors/index.js";
import { type ParsedCertificate, parseCertificate } from "./x509-certificate.js";

const extensions = new Set([".pem", ".crt", ".cer"]);
const pemBlock = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;
const fileLimit = 1024 * 1024;

/**
 * The trusted roots of some named stores: every certificate in `<folder>/x509/ca/<store>/`. Folders within a store
 * are ignored; symbolic links are refused, as is a store that is missing or empty, and a certificate that is neither
 * a CA nor self-signed, since trusting it would not trust what the person thinks.
 */
export function loadTrustStores(folder: string, stores: readonly string[]): readonly ParsedCertificate[] {
  return stores.flatMap((store) => loadStore(join(folder, "x509", "ca", store)));
}

function loadStore(path: string): readonly ParsedCertificate[] {
  let entries: Dirent[];
  try {
    if (lstatSync(path).isSymbolicLink()) throw unusable(path, "it is a symbolic link");
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error instanceof WrunError) throw error;
    throw unusable(path, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
  const files = entries.filter((entry) => extensions.has(extname(entry.name)) && !entry.isDirectory());
  const certificates = files.flatMap((entry) => {
    const file = join(path, entry.name);
    if (!entry.isFile()) throw unusable(file, "it is a symbolic link or not a regular file");
    return readCertificates(file);
  });
  if (certificates.length === 0) throw unusable(path, "it holds no certificate");
  return certificates;
}

function readCertificates(file: string): readonly ParsedCertificate[] {
  try {
    if (lstatSync(file).size > fileLimit) throw unusable(file, `it is larger than ${fileLimit} bytes`);
    const certificates = splitCertificates(readFileSync(file)).map((der) => parseCertificate(der));
    if (certificates.length === 0) throw unusable(file, "it holds no certificate");
    for (const certificate of certificates) checkIsRoot(file, certificate);
    return certificates;
  } catch (error) {
    if (error instanceof WrunError && error.code === "TRUST_STORE_UNUSABLE") throw error;
    throw unusable(file, error instanceof Error ? error.message : String(error), error);
  }
}

/** DER as it is, or all the blocks of a PEM file. */
export function splitCertificates(bytes: Uint8Array): readonly Uint8Array[] {
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.includes("-----BEGIN ")) return [bytes];
  return [...text.matchAll(pemBlock)].map(([, base64 = ""]) => Buffer.from(base64, "base64"));
}

function checkIsRoot(file: string, { x509, subject }: ParsedCertificate): void {
  const ca = x509.getExtension(x509Library().BasicConstraintsExtension)?.ca === true;
  const selfIssued = Buffer.from(x509.issuerName.toArrayBuffer()).equals(
    Buffer.from(x509.subjectName.toArrayBuffer()),
  );
  if (!ca && !selfIssued) throw unusable(file, `'${subject}' is neither a CA nor self-signed`);
}

function unusable(path: string, reason: string, cause?: unknown): WrunError {
  return new WrunError("TRUST_STORE_UNUSABLE", { path, reason }, { cause });
}
