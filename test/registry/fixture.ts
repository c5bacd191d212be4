import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { digestOf, type Digest } from "../../runtime/digest.js";
import { type RegistryLimits, type RunningRegistry, startRegistry } from "../../registry/index.js";

export const imageManifestType = "application/vnd.oci.image.manifest.v1+json";
export const imageIndexType = "application/vnd.oci.image.index.v1+json";

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "wrun-registry-"));
  t.onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestRegistry extends RunningRegistry {
  readonly folder: string;
  /** Faults of its own that the registry reported. */
  readonly faults: unknown[];
}

export async function testRegistry(
  t: TestContext,
  limits: Partial<RegistryLimits> = {},
  folder?: string,
): Promise<TestRegistry> {
  const home = folder ?? join(await temporaryFolder(t), "registry");
  const faults: unknown[] = [];
  const onFault = (error: unknown) => void faults.push(error);
  const registry = await startRegistry({ folder: home, host: "127.0.0.1", port: 0, limits, onFault });
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await registry.close();
  };
  t.onTestFinished(close);
  return { url: registry.url, address: registry.address, close, folder: home, faults };
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The code in an error's JSON body. */
  readonly code: string | undefined;
}

/** One request with its path exactly as given; nothing normalises it. */
export async function call(
  registry: { readonly url: string },
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Uint8Array | string } = {},
): Promise<Reply> {
  const { hostname, port } = new URL(registry.url);
  return await new Promise((resolve, reject) => {
    const headers: Record<string, string> = { ...options.headers };
    if (options.body !== undefined && headers["transfer-encoding"] === undefined) {
      headers["content-length"] = String(Buffer.byteLength(options.body));
    }
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, code: codeIn(body) });
      });
    });
    request.on("error", reject);
    request.end(options.body);
  });
}

export async function putBlob(
  registry: { readonly url: string },
  name: string,
  bytes: Uint8Array | string,
): Promise<{ digest: Digest; size: number }> {
  const digest = digestOf(bytes);
  const reply = await call(registry, "POST", `/v2/${name}/blobs/uploads/?digest=${digest}`, { body: bytes });
  if (reply.status !== 201)
    throw new Error(`the blob was not taken: ${reply.status} ${reply.body.toString()}`);
  return { digest, size: Buffer.byteLength(bytes) };
}

export async function openUpload(registry: { readonly url: string }, name: string): Promise<string> {
  const reply = await call(registry, "POST", `/v2/${name}/blobs/uploads/`, { body: "" });
  if (reply.status !== 202) throw new Error(`no upload was opened: ${reply.status}`);
  return String(reply.headers["location"]);
}

/** Uploads what an image manifest needs and gives the manifest, not yet pushed, with `extra` properties. */
export async function imageManifest(
  registry: { readonly url: string },
  name: string,
  extra: Record<string, unknown> = {},
): Promise<Buffer> {
  const config = await putBlob(registry, name, "{}");
  const layer = await putBlob(registry, name, `layer of ${name}`);
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: imageManifestType,
      config: { mediaType: "application/vnd.example.config+json", ...config },
      layers: [{ mediaType: "application/octet-stream", ...layer }],
      ...extra,
    }),
  );
}

export async function putManifest(
  registry: { readonly url: string },
  name: string,
  target: string,
  bytes: Uint8Array | string,
  type = imageManifestType,
): Promise<Reply> {
  const options = { headers: { "content-type": type }, body: bytes };
  return await call(registry, "PUT", `/v2/${name}/manifests/${target}`, options);
}

function codeIn(body: Buffer): string | undefined {
  try {
    const json = JSON.parse(body.toString("utf8")) as { errors?: { code: string }[] };
    return json.errors?.[0]?.code;
  } catch {
    return undefined;
  }
}
