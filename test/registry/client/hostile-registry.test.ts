import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "vitest";
import {
  type ClientLimits,
  listTags,
  parseReference,
  pullComponent,
  pushComponent,
  resolveTag,
} from "../../../registry/index.js";
import { digestOf } from "../../../runtime/digest.js";
import { imageIndexType, imageManifestType } from "../fixture.js";
import {
  type Answer,
  descriptorOf,
  hostileRegistry,
  indexOf,
  manifestOf,
  referrerEntry,
  scene,
  send,
  sendBlob,
  sendManifest,
  signatureOf,
} from "./hostile-registry.js";

const { paths, component, manifest, envelope } = scene;
const other = Buffer.alloc(component.length, "other");
const limits: Partial<ClientLimits> = { silenceTimeoutMs: 300, maxSignatures: 10 };
const config = { imports: [], exports: [] };

const silence: Answer = () => {};
const hangUp: Answer = (request) => void request.socket.destroy();
const redirect = (location: string): Answer =>
  send("text/plain", Buffer.from("over there"), { location }, 307);
const endless =
  (headers: Record<string, string>, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, headers);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, "component")));
    };
    response.on("drain", more);
    more();
  };
const half =
  (type: string, bytes: Buffer, then: "hang up" | "silence"): Answer =>
  (request, response) => {
    response.writeHead(200, { "content-type": type, "content-length": String(bytes.length) });
    response.write(bytes.subarray(0, bytes.length / 2), () => then === "hang up" && request.socket.destroy());
  };

const json = (value: unknown, headers: Record<string, string> = {}): Answer =>
  send("application/json", Buffer.from(JSON.stringify(value)), headers);
const missing = send("a/b", Buffer.from(""), {}, 404);
const opened = (location: string): Answer => send("a/b", Buffer.from(""), { location }, 202);

const taken: Answer = (request, response) => {
  request.resume();
  response.writeHead(request.method === "PUT" ? 201 : 200, { "docker-content-digest": digestOf("x") }).end();
};

it("the honest scene that all of these attacks vary is pulled", async (t) => {
  const registry = await hostileRegistry(t);
  const pulled = await pullComponent(parseReference(`${registry.address}/tool:v1`), { limits });
  assert.ok(component.equals(pulled.componentBytes));
  assert.deepEqual(pulled.envelopes, [{ mediaType: "application/jose+json", bytes: envelope }]);
});

describe("a pull fails with the reason when the registry", () => {
  const cases: readonly [string, Record<string, Answer>, string][] = [
    [
      "serves other bytes of the same length as the component",
      { [paths.component]: sendBlob(other) },
      "REGISTRY_DIGEST_MISMATCH",
    ],
    [
      "serves a shorter component",
      { [paths.component]: sendBlob(component.subarray(1)) },
      "REGISTRY_SIZE_MISMATCH",
    ],
    [
      "serves a longer component",
      { [paths.component]: sendBlob(Buffer.concat([component, component])) },
      "REGISTRY_SIZE_MISMATCH",
    ],
    [
      "serves a longer component without saying so",
      { [paths.component]: (_q, r) => void r.write(component, () => r.end("more")) },
      "REGISTRY_SIZE_MISMATCH",
    ],
    [
      "serves a shorter component without saying so",
      { [paths.component]: (_q, r) => void r.write(component.subarray(1), () => r.end()) },
      "REGISTRY_SIZE_MISMATCH",
    ],
    ["never ends the component", { [paths.component]: endless({}) }, "REGISTRY_SIZE_MISMATCH"],
    [
      "never ends the manifest",
      { [paths.manifest]: endless({ "content-type": imageManifestType }) },
      "REGISTRY_TOO_LARGE",
    ],
    [
      "never ends an error",
      {
        [paths.manifest]: endless({}, 500),
      },
      "REGISTRY_TOO_LARGE",
    ],
    [
      "promises more than it sends and hangs up",
      { [paths.component]: half("a/b", component, "hang up") },
      "REGISTRY_CONNECTION_LOST",
    ],
    [
      "promises more than it sends and is silent",
      { [paths.component]: half("a/b", component, "silence") },
      "REGISTRY_TIMEOUT",
    ],
    ["hangs up before it answers", { [paths.manifest]: hangUp }, "REGISTRY_CONNECTION_LOST"],
    ["never answers", { [paths.manifest]: silence }, "REGISTRY_TIMEOUT"],
    [
      "hangs up in the middle of the manifest",
      { [paths.manifest]: half(imageManifestType, manifest, "hang up") },
      "REGISTRY_CONNECTION_LOST",
    ],
    [
      "has lost the component",
      { [paths.component]: send("a/b", Buffer.from(""), {}, 404) },
      "REGISTRY_REFUSED",
    ],
    [
      "redirects to another host",
      { [paths.component]: redirect("http://127.0.0.2:1/x") },
      "REGISTRY_REDIRECT_REFUSED",
    ],
    ["redirects to itself", { [paths.component]: redirect(paths.component) }, "REGISTRY_REDIRECT_REFUSED"],
    [
      "redirects the manifest to a file",
      { [paths.manifest]: redirect("file:///etc/passwd") },
      "REGISTRY_REDIRECT_REFUSED",
    ],
    [
      "wants credentials",
      { [paths.manifest]: send("a/b", Buffer.from(""), { "www-authenticate": "Bearer" }, 401) },
      "REGISTRY_UNAUTHORIZED",
    ],
    ["fails", { [paths.manifest]: send("a/b", Buffer.from("<html>"), {}, 500) }, "REGISTRY_REFUSED"],
    [
      "answers the manifest with no type",
      {
        [paths.manifest]: (_q, r) =>
          void r.end(manifest.toString().replace(`"mediaType":"${imageManifestType}",`, "")),
      },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "answers the manifest with another type",
      { [paths.manifest]: send("application/vnd.docker.distribution.manifest.v2+json", manifest) },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "answers the manifest with a web page",
      { [paths.manifest]: send("text/html", Buffer.from("<html>")) },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "contradicts itself about the manifest's digest",
      { [paths.manifest]: send(imageManifestType, manifest, { "docker-content-digest": digestOf("x") }) },
      "REGISTRY_DIGEST_MISMATCH",
    ],
    [
      "answers with an index",
      { [paths.manifest]: send(imageIndexType, indexOf([])) },
      "REGISTRY_ARTIFACT_UNSUPPORTED",
    ],
    [
      "adds a second layer",
      {
        [paths.manifest]: sendManifest(
          manifestOf(component, {
            layers: [descriptorOf("application/wasm", component), descriptorOf("application/wasm", other)],
          }),
        ),
      },
      "REGISTRY_ARTIFACT_UNSUPPORTED",
    ],
    [
      "has no layer",
      { [paths.manifest]: sendManifest(manifestOf(component, { layers: [] })) },
      "REGISTRY_ARTIFACT_UNSUPPORTED",
    ],
    [
      "has a layer of another type",
      {
        [paths.manifest]: sendManifest(
          manifestOf(component, { layers: [descriptorOf("application/x", component)] }),
        ),
      },
      "REGISTRY_ARTIFACT_UNSUPPORTED",
    ],
    [
      "has a config of another type",
      {
        [paths.manifest]: sendManifest(
          manifestOf(component, { config: descriptorOf("application/x", component) }),
        ),
      },
      "REGISTRY_ARTIFACT_UNSUPPORTED",
    ],
    [
      "has a component of 4 GiB",
      {
        [paths.manifest]: sendManifest(
          manifestOf(component, {
            layers: [{ ...descriptorOf("application/wasm", component), size: 2 ** 32 }],
          }),
        ),
      },
      "REGISTRY_TOO_LARGE",
    ],
    [
      "has a digest that is a path",
      {
        [paths.manifest]: sendManifest(
          manifestOf(component, {
            layers: [{ ...descriptorOf("application/wasm", component), digest: "sha256:/../../x" }],
          }),
        ),
      },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "lists referrers without end",
      {
        [paths.referrers]: send(imageIndexType, indexOf([]), {
          link: `<${paths.referrers}?last=x>; rel="next"`,
        }),
      },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "lists referrers on another host",
      {
        [paths.referrers]: send(imageIndexType, indexOf([]), { link: '<http://127.0.0.2:1/x>; rel="next"' }),
      },
      "REGISTRY_REDIRECT_REFUSED",
    ],
    [
      "lists referrers under another path",
      { [paths.referrers]: send(imageIndexType, indexOf([]), { link: '</v2/x/y>; rel="next"' }) },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "lists referrers as nonsense",
      { [paths.referrers]: send(imageIndexType, Buffer.from("[]")) },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "lists referrers as an image",
      { [paths.referrers]: sendManifest(manifest) },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "lists more signatures than anyone needs",
      {
        [paths.referrers]: send(
          imageIndexType,
          indexOf(Array.from({ length: 300 }, (_, n) => referrerEntry(Buffer.from(String(n))))),
        ),
      },
      "REGISTRY_TOO_MANY_SIGNATURES",
    ],
    [
      "serves another signature manifest than it lists",
      { [paths.signature]: sendManifest(signatureOf(manifest, Buffer.from("x"))) },
      "REGISTRY_DIGEST_MISMATCH",
    ],
    [
      "serves another envelope than the signature names",
      { [paths.envelope]: sendBlob(Buffer.from('{"an":"envelopE"}')) },
      "REGISTRY_DIGEST_MISMATCH",
    ],
    [
      "sends headers without end",
      { [paths.manifest]: (_q, r) => void r.writeHead(200, { x: "y".repeat(100_000) }).end() },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
  ];
  for (const [title, lies, code] of cases) {
    it(title, async (t) => {
      const registry = await hostileRegistry(t, lies);
      const reference = parseReference(`${registry.address}/tool:v1`);
      await assert.rejects(pullComponent(reference, { limits }), { name: "WrunError", code });
    });
  }

  it("serves another manifest than the digest that was asked for", async (t) => {
    const honest = digestOf(manifest);
    const swapped = manifestOf(other);
    const lies = { [`/v2/tool/manifests/${honest}`]: sendManifest(swapped) };
    const registry = await hostileRegistry(t, lies);
    const reference = parseReference(`${registry.address}/tool:v1@${honest}`);
    await assert.rejects(pullComponent(reference, { limits }), { code: "REGISTRY_DIGEST_MISMATCH" });
    await assert.rejects(resolveTag(reference, { limits }), { code: "REGISTRY_DIGEST_MISMATCH" });
  });

  it("drips for longer than a transfer may last", async (t) => {
    const drip: Answer = (_request, response) => {
      response.writeHead(200, { "content-length": String(component.length) });
      const timer = setInterval(() => response.write("c"), 20);
      t.onTestFinished(() => clearInterval(timer));
    };
    const registry = await hostileRegistry(t, { [paths.component]: drip });
    const reference = parseReference(`${registry.address}/tool:v1`);
    const short = { ...limits, deadlineMs: 300 };
    await assert.rejects(pullComponent(reference, { limits: short }), { code: "REGISTRY_TIMEOUT" });
  });

  it("does not speak HTTP", async (t) => {
    const server = createServer((socket) => socket.on("error", () => {}).end("SSH-2.0-OpenSSH\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const pulled = pullComponent(parseReference(`127.0.0.1:${port}/tool:v1`), { limits });
    await assert.rejects(pulled, { code: "REGISTRY_RESPONSE_MALFORMED" });
  });
});

describe("a referrer that is no signature of the component is passed over", () => {
  const stray = (change: Record<string, unknown>) => signatureOf(manifest, envelope, change);
  const cases: readonly [string, Buffer, Record<string, unknown>][] = [
    ["because it is of another type", stray({}), { artifactType: "application/x.sbom" }],
    [
      "because its manifest is of another type",
      stray({ config: descriptorOf("application/x.sbom", envelope) }),
      {},
    ],
    ["because its subject is another manifest", signatureOf(other, envelope), {}],
    ["because it has no subject", stray({ subject: undefined }), {}],
    [
      "because it has two envelopes",
      stray({
        layers: [
          descriptorOf("application/jose+json", envelope),
          descriptorOf("application/jose+json", envelope),
        ],
      }),
      {},
    ],
    [
      "because its envelope is of an unknown type",
      stray({ layers: [descriptorOf("text/plain", envelope)] }),
      {},
    ],
    [
      "because its envelope is huge",
      stray({ layers: [{ ...descriptorOf("application/jose+json", envelope), size: 10 ** 9 }] }),
      {},
    ],
    ["because it is huge itself", stray({ annotations: { x: "y".repeat(300_000) } }), {}],
    ["because it is not there", Buffer.from("deleted meanwhile"), {}],
  ];
  for (const [title, bytes, change] of cases) {
    it(title, async (t) => {
      const entries = [{ ...referrerEntry(bytes), ...change }, referrerEntry(scene.signature)];
      const present = title.includes("not there")
        ? {}
        : { [`/v2/tool/manifests/${digestOf(bytes)}`]: sendManifest(bytes) };
      const lies = { [paths.referrers]: send(imageIndexType, indexOf(entries)), ...present };
      const registry = await hostileRegistry(t, lies);
      const pulled = await pullComponent(parseReference(`${registry.address}/tool:v1`), { limits });
      assert.equal(pulled.envelopes.length, 1);
    });
  }

  it("and the same one listed a thousand times counts once", async (t) => {
    const entries = Array.from({ length: 1000 }, () => referrerEntry(scene.signature));
    const registry = await hostileRegistry(t, { [paths.referrers]: send(imageIndexType, indexOf(entries)) });
    const pulled = await pullComponent(parseReference(`${registry.address}/tool:v1`), { limits });
    assert.equal(pulled.envelopes.length, 1);
  });
});

describe("a registry without the referrers API", () => {
  const tagged = `/v2/tool/manifests/${digestOf(manifest).replace(":", "-")}`;

  it("has its signatures found under the fallback tag", async (t) => {
    const lies = {
      [paths.referrers]: missing,
      [tagged]: send(imageIndexType, indexOf([referrerEntry(scene.signature)])),
    };
    const registry = await hostileRegistry(t, lies);
    const pulled = await pullComponent(parseReference(`${registry.address}/tool:v1`), { limits });
    assert.equal(pulled.envelopes.length, 1);
  });

  it("may have none", async (t) => {
    const registry = await hostileRegistry(t, { [paths.referrers]: missing });
    const pulled = await pullComponent(parseReference(`${registry.address}/tool:v1`), { limits });
    assert.deepEqual(pulled.envelopes, []);
  });

  it("has a new signature added to the list under the fallback tag, and the old entries kept", async (t) => {
    const x5c = [Buffer.from("certificate").toString("base64")];
    const signed = Buffer.from(
      JSON.stringify({ payload: "", protected: "", signature: "", header: { x5c } }),
    );
    const stranger = { ...descriptorOf(imageManifestType, other), platform: { os: "any" } };
    let stored = indexOf([stranger]);
    const accept: Answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (request.method === "GET") return send(imageIndexType, stored)(request, response);
        if (request.method === "HEAD") return void response.end();
        if (request.url?.includes("/manifests/sha256-") === true) stored = Buffer.concat(chunks);
        return void response.writeHead(201).end();
      });
    };
    const { pushSignature } = await import("../../../registry/index.js");
    const lies: Record<string, Answer> = { [tagged]: accept };
    for (const bytes of [signed, Buffer.from("{}")]) lies[`/v2/tool/blobs/${digestOf(bytes)}`] = accept;
    const registry = await hostileRegistry(t, lies);
    const manifestDescriptor = {
      mediaType: imageManifestType,
      digest: digestOf(manifest),
      size: manifest.length,
    };
    const reference = parseReference(`${registry.address}/tool:v1`);
    const push = { reference, manifestDescriptor, envelopeBytes: signed };
    // The signature's own manifest path depends on what is pushed; find it by asking once.
    await assert.rejects(pushSignature(push, { limits }), { code: "REGISTRY_REFUSED" });
    const path = registry.asked.at(-1) ?? "";
    const second = await hostileRegistry(t, { ...lies, [path]: accept });
    const again = { ...push, reference: parseReference(`${second.address}/tool:v1`) };
    const { manifestDigest } = await pushSignature(again, { limits });
    await pushSignature(again, { limits });
    const { manifests } = JSON.parse(stored.toString()) as {
      manifests: { digest: string; artifactType?: string }[];
    };
    assert.deepEqual(manifests[0], stranger);
    assert.equal(manifests.length, 2);
    assert.equal(manifests[1]?.digest, manifestDigest);
    assert.equal(manifests[1]?.artifactType, "application/vnd.cncf.notary.signature");
  });
});

describe("a push fails with the reason when the registry", () => {
  const head = `/v2/tool/blobs/${digestOf(component)}`;
  const uploads = "/v2/tool/blobs/uploads/";

  const cases: readonly [string, Record<string, Answer>, string][] = [
    [
      "sends the upload to another host",
      { [head]: missing, [uploads]: opened("http://127.0.0.2:1/steal") },
      "REGISTRY_REDIRECT_REFUSED",
    ],
    [
      "sends the upload to another port",
      { [head]: missing, [uploads]: opened("http://127.0.0.1:1/steal") },
      "REGISTRY_REDIRECT_REFUSED",
    ],
    [
      "sends the upload to another scheme",
      { [head]: missing, [uploads]: opened("javascript:alert(1)") },
      "REGISTRY_REDIRECT_REFUSED",
    ],
    [
      "names no place for the upload",
      { [head]: missing, [uploads]: send("a/b", Buffer.from(""), {}, 202) },
      "REGISTRY_RESPONSE_MALFORMED",
    ],
    [
      "redirects the upload",
      { [head]: missing, [uploads]: redirect("http://127.0.0.2:1/steal") },
      "REGISTRY_REDIRECT_REFUSED",
    ],
    [
      "hangs up on the upload",
      { [head]: missing, [uploads]: opened("/up"), "/up": hangUp },
      "REGISTRY_CONNECTION_LOST",
    ],
    [
      "swallows the upload and is silent",
      { [head]: missing, [uploads]: opened("/up"), "/up": (request) => void request.resume() },
      "REGISTRY_TIMEOUT",
    ],
    [
      "will not have it",
      {
        [head]: missing,
        [uploads]: send(
          "application/json",
          Buffer.from('{"errors":[{"code":"DENIED","message":"no"}]}'),
          {},
          403,
        ),
      },
      "REGISTRY_REFUSED",
    ],
  ];
  for (const [title, lies, code] of cases) {
    it(title, async (t) => {
      const registry = await hostileRegistry(t, lies);
      const reference = parseReference(`${registry.address}/tool:v1`);
      const pushed = pushComponent({ reference, componentBytes: component, config }, { limits });
      await assert.rejects(pushed, { name: "WrunError", code });
    });
  }

  it("stores another manifest than it was given", async (t) => {
    const lies = { [head]: taken, [uploads]: opened("/up"), "/up": taken, [paths.manifest]: taken };
    const registry = await hostileRegistry(t, lies);
    const reference = parseReference(`${registry.address}/tool:v1`);
    const pushed = pushComponent({ reference, componentBytes: component, config }, { limits });
    await assert.rejects(pushed, { code: "REGISTRY_DIGEST_MISMATCH" });
  });
});

describe("a list of tags", () => {
  const path = "/v2/tool/tags/list";
  const cases: readonly [string, Answer][] = [
    ["of things that are not tags", json({ tags: ["v1", "../../x"] })],
    ["with control characters", json({ tags: ["v1\u001b[2J"] })],
    ["that is no list", json({ tags: "v1" })],
    ["that is not JSON", send("application/json", Buffer.from("v1"))],
    ["that does not end", json({ tags: ["v1"] }, { link: `<${path}?last=v1>; rel="next"` })],
  ];
  it("is followed over its pages", async (t) => {
    const pages: Answer = (request, response) => {
      const last = new URL(request.url ?? "", "http://x").searchParams.get("last");
      const link = { link: `<${path}?last=${last === null ? "b" : "d"}>; rel="next"` };
      const tags = last === null ? ["a", "b"] : last === "b" ? ["c", "d"] : ["e"];
      json({ tags }, last === "d" ? {} : link)(request, response);
    };
    const registry = await hostileRegistry(t, { [path]: pages });
    const tags = await listTags(parseReference(`${registry.address}/tool`), { limits });
    assert.deepEqual(tags, ["a", "b", "c", "d", "e"]);
  });

  for (const [title, answer] of cases) {
    it(`${title} is refused`, async (t) => {
      const registry = await hostileRegistry(t, { [path]: answer });
      const listed = listTags(parseReference(`${registry.address}/tool`), { limits });
      await assert.rejects(listed, { code: "REGISTRY_RESPONSE_MALFORMED" });
    });
  }
});

it("a reason from the registry reaches the terminal without control characters", async (t) => {
  const body = Buffer.from(
    JSON.stringify({ errors: [{ code: "DENIED", message: "\u001b[2J\u0007cleared" }] }),
  );
  const registry = await hostileRegistry(t, { [paths.manifest]: send("application/json", body, {}, 403) });
  await assert.rejects(
    pullComponent(parseReference(`${registry.address}/tool:v1`), { limits }),
    (error: Error) => {
      assert.match(error.message, /DENIED: .*cleared/);
      assert.doesNotMatch(error.message, /\p{Control}/u);
      return true;
    },
  );
});
