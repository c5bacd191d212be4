import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "vitest";
import { digestOf } from "../../../runtime/digest.js";
import { imageIndexType, imageManifestType } from "../fixture.js";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What an honest registry would answer for one signed component, and a server that answers differently in places. */
export interface Scene {
  readonly component: Buffer;
  readonly manifest: Buffer;
  readonly signature: Buffer;
  readonly envelope: Buffer;
  readonly paths: {
    readonly manifest: string;
    readonly component: string;
    readonly referrers: string;
    readonly signature: string;
    readonly envelope: string;
  };
}

export const scene = makeScene();

function makeScene(): Scene {
  const component = Buffer.alloc(200_000, "component");
  const manifest = manifestOf(component);
  const envelope = Buffer.from('{"an":"envelope"}');
  const signature = signatureOf(manifest, envelope);
  return {
    component,
    manifest,
    signature,
    envelope,
    paths: {
      manifest: "/v2/tool/manifests/v1",
      component: `/v2/tool/blobs/${digestOf(component)}`,
      referrers: `/v2/tool/referrers/${digestOf(manifest)}`,
      signature: `/v2/tool/manifests/${digestOf(signature)}`,
      envelope: `/v2/tool/blobs/${digestOf(envelope)}`,
    },
  };
}

export function descriptorOf(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export function manifestOf(component: Buffer, change: Record<string, unknown> = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: imageManifestType,
      config: descriptorOf("application/vnd.wasm.config.v0+json", Buffer.from("{}")),
      layers: [descriptorOf("application/wasm", component)],
      ...change,
    }),
  );
}

export function signatureOf(subject: Buffer, envelope: Buffer, change: Record<string, unknown> = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: imageManifestType,
      config: descriptorOf("application/vnd.cncf.notary.signature", Buffer.from("{}")),
      layers: [descriptorOf("application/jose+json", envelope)],
      subject: descriptorOf(imageManifestType, subject),
      ...change,
    }),
  );
}

export function indexOf(entries: readonly Record<string, unknown>[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageIndexType, manifests: entries }));
}

export function referrerEntry(signature: Buffer): Record<string, unknown> {
  const artifactType = "application/vnd.cncf.notary.signature";
  return { ...descriptorOf(imageManifestType, signature), artifactType };
}

export function send(
  type: string,
  bytes: Buffer,
  headers: Record<string, string> = {},
  status = 200,
): Answer {
  return (_request, response) =>
    void response.writeHead(status, { "content-type": type, ...headers }).end(bytes);
}

export const sendManifest = (bytes: Buffer): Answer => send(imageManifestType, bytes);
export const sendBlob = (bytes: Buffer): Answer => send("application/octet-stream", bytes);

const notFound: Answer = (_request, response) => void response.writeHead(404).end();

/** `lies` replace honest answers by path without query; keys may also be new paths. */
export async function hostileRegistry(
  t: TestContext,
  lies: Readonly<Record<string, Answer>> = {},
): Promise<{ readonly address: string; readonly asked: string[] }> {
  const { paths } = scene;
  const honest: Record<string, Answer> = {
    [paths.manifest]: sendManifest(scene.manifest),
    [`/v2/tool/manifests/${digestOf(scene.manifest)}`]: sendManifest(scene.manifest),
    [paths.component]: sendBlob(scene.component),
    [paths.referrers]: send(imageIndexType, indexOf([referrerEntry(scene.signature)])),
    [paths.signature]: sendManifest(scene.signature),
    [paths.envelope]: sendBlob(scene.envelope),
  };
  const answers = new Map(Object.entries({ ...honest, ...lies }));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    asked.push(url);
    response.on("error", () => {});
    (answers.get(url.split("?")[0] ?? "") ?? notFound)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
