/** Media types of the OCI image specification 1.1, of the CNCF Wasm artifact and of the Notary Project. */
export const mediaTypes = {
  imageManifest: "application/vnd.oci.image.manifest.v1+json",
  imageIndex: "application/vnd.oci.image.index.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerManifestList: "application/vnd.docker.distribution.manifest.list.v2+json",
  wasmConfig: "application/vnd.wasm.config.v0+json",
  wasmLayer: "application/wasm",
  notarySignature: "application/vnd.cncf.notary.signature",
  jwsEnvelope: "application/jose+json",
  coseEnvelope: "application/cose",
  octets: "application/octet-stream",
} as const;

/** The content type without its parameters, in lower case; undefined if there is none. */
export function essenceOf(contentType: string | undefined): string | undefined {
  const essence = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  return essence === "" ? undefined : essence;
}
