import assert from "node:assert/strict";
import { beforeAll, describe, it } from "vitest";
import type { SignatureCheck, SignedArtifact, StandingSignature } from "../../runtime/component/artifact.js";
import { linkComponent } from "../../runtime/component/transpile.js";
import {
  acceptUnsigned,
  verifySigned,
  type VerifiedComponent,
} from "../../runtime/component/verified-component.js";
import { digestOf } from "../../runtime/digest.js";
import { isWrunError, WrunError } from "../../runtime/errors/index.js";
import { assemble, counterWat, ledgerWat } from "./sample-components.js";

const signer = { keyId: "key", subject: "CN=Ada" };
/** Accepts whatever it is given, as a signature over exactly that manifest. */
const signature: StandingSignature = { chain: [], expiry: undefined, untrustedBy: () => undefined };
const acceptsAll: SignatureCheck = ({ manifestBytes }) => ({
  ok: true,
  signer,
  targetDigest: digestOf(manifestBytes),
  signature,
});

const refuses: SignatureCheck = () => ({ ok: false, reason: "the key is revoked" });
const breaks: SignatureCheck = () => {
  throw new TypeError("x is not a function");
};
const refusesWithCode: SignatureCheck = () =>
  Promise.reject(new WrunError("DIGEST_MALFORMED", { text: "x" }));
const acceptsAnother: SignatureCheck = () => ({
  ok: true,
  signer,
  targetDigest: digestOf("another"),
  signature,
});

function rejectsWith(code: string, cause: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(isWrunError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, cause);
    return true;
  };
}

let bytes: Uint8Array;
beforeAll(async () => {
  bytes = await assemble(ledgerWat);
});

function manifestOf(component: Uint8Array): Record<string, unknown> {
  return {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.wasm.config.v0+json", digest: digestOf("{}"), size: 2 },
    layers: [{ mediaType: "application/wasm", digest: digestOf(component), size: component.length }],
  };
}

function artifactOf(manifest: unknown, component: Uint8Array = bytes): SignedArtifact {
  return {
    reference: "registry/app:1",
    manifestBytes: new TextEncoder().encode(
      typeof manifest === "string" ? manifest : JSON.stringify(manifest),
    ),
    componentBytes: component,
    envelopes: [{ mediaType: "application/jose+json", bytes: Uint8Array.of(1) }],
  };
}

describe("an unsigned component", () => {
  it("is refused unless someone allows it", () => {
    assert.throws(
      () => acceptUnsigned(bytes, { allowUnsigned: false, name: "app.wasm" }),
      rejectsWith("COMPONENT_UNSIGNED", /app\.wasm is not signed/),
    );
  });
  it("is recorded as unsigned when it is allowed", () => {
    const component = acceptUnsigned(bytes, { allowUnsigned: true });
    assert.deepEqual(component.provenance, { kind: "unsigned", adaptedFrom: undefined });
    assert.equal(component.digest, digestOf(bytes));
    assert.deepEqual([...component.type.exports.functions.keys()], ["run"]);
  });
  it("keeps bytes of its own, so that changing the caller's changes nothing", () => {
    for (const mine of [bytes.slice(), Buffer.from(bytes)]) {
      const component = acceptUnsigned(mine, { allowUnsigned: true });
      mine.fill(0);
      assert.equal(digestOf(component.bytes), component.digest);
    }
  });
});

describe("a signed artifact", () => {
  it("is accepted when the manifest, the bytes and the signature belong together", async () => {
    const artifact = artifactOf(manifestOf(bytes));
    const component = await verifySigned(artifact, acceptsAll);
    assert.deepEqual(component.provenance, {
      kind: "signed",
      reference: "registry/app:1",
      signer,
      manifestDigest: digestOf(artifact.manifestBytes),
    });
  });
  it("is what it was when it was given, whatever its buffers become while it is checked", async () => {
    const { manifestBytes, ...rest } = artifactOf(manifestOf(bytes), Buffer.from(bytes));
    const artifact = { ...rest, manifestBytes: Buffer.from(manifestBytes) };
    const digest = digestOf(manifestBytes);
    const component = await verifySigned(artifact, async (asked) => {
      const verdict = await acceptsAll(asked);
      artifact.manifestBytes.fill(0);
      artifact.componentBytes.fill(0);
      return verdict;
    });
    assert.equal(component.digest, digestOf(bytes));
    assert.equal(component.provenance.kind === "signed" && component.provenance.manifestDigest, digest);
  });

  it("is refused without an envelope", async () => {
    const artifact = { ...artifactOf(manifestOf(bytes)), envelopes: [] };
    await assert.rejects(verifySigned(artifact, acceptsAll), rejectsWith("COMPONENT_UNSIGNED", /not signed/));
  });
  it("is refused with envelopes of another kind only, without asking about them", async () => {
    const envelopes = [{ mediaType: "application/cose", bytes: Uint8Array.of(1) }];
    const artifact = { ...artifactOf(manifestOf(bytes)), envelopes };
    await assert.rejects(verifySigned(artifact, acceptsAll), rejectsWith("COMPONENT_UNSIGNED", /not signed/));
  });
  it("is refused when the check says no, and says why", async () => {
    await assert.rejects(
      verifySigned(artifactOf(manifestOf(bytes)), refuses),
      rejectsWith("COMPONENT_SIGNATURE_REFUSED", /the key is revoked/),
    );
  });
  it("is refused when the check breaks", async () => {
    await assert.rejects(
      verifySigned(artifactOf(manifestOf(bytes)), breaks),
      rejectsWith("COMPONENT_SIGNATURE_REFUSED", /checking it failed/),
    );
  });
  it("passes on what the check itself refuses with", async () => {
    await assert.rejects(
      verifySigned(artifactOf(manifestOf(bytes)), refusesWithCode),
      rejectsWith("DIGEST_MALFORMED", /SHA-256/),
    );
  });
  it("is refused when the signature is over another manifest", async () => {
    await assert.rejects(
      verifySigned(artifactOf(manifestOf(bytes)), acceptsAnother),
      rejectsWith("COMPONENT_SIGNATURE_REFUSED", /it is over sha256:/),
    );
  });
  it("is refused when the bytes are those of another component", async () => {
    const other = await assemble(counterWat);
    const artifact = artifactOf(manifestOf(bytes), other);
    await assert.rejects(
      verifySigned(artifact, acceptsAll),
      rejectsWith("COMPONENT_CONTENT_MISMATCH", /bytes where/),
    );
  });
  it("is refused when one bit of the bytes is another", async () => {
    const changed = bytes.slice();
    changed[100] = (changed[100] ?? 0) ^ 1;
    const artifact = artifactOf(manifestOf(bytes), changed);
    await assert.rejects(
      verifySigned(artifact, acceptsAll),
      rejectsWith("COMPONENT_CONTENT_MISMATCH", /is declared/),
    );
  });
  it("is refused when the layer is signed and yet no component", async () => {
    const text = new TextEncoder().encode("not wasm");
    await assert.rejects(
      verifySigned(artifactOf(manifestOf(text), text), acceptsAll),
      rejectsWith("COMPONENT_MALFORMED", /start of a component/),
    );
  });

  const spoilt: readonly (readonly [string, (manifest: Record<string, unknown>) => unknown, RegExp])[] = [
    [
      "a second layer",
      (m) => ({ ...m, layers: [...(m["layers"] as unknown[]), ...(m["layers"] as unknown[])] }),
      /one layer/,
    ],
    ["no layer", (m) => ({ ...m, layers: [] }), /one layer/],
    [
      "a layer of another media type",
      (m) => withLayer(m, { mediaType: "application/vnd.oci.image.layer.v1.tar" }),
      /media type of the layer/,
    ],
    [
      "a config of another media type",
      (m) => ({ ...m, config: { mediaType: "application/json", digest: digestOf(""), size: 0 } }),
      /media type of config/,
    ],
    ["another schema version", (m) => ({ ...m, schemaVersion: 1 }), /schemaVersion/],
    [
      "another media type",
      (m) => ({ ...m, mediaType: "application/vnd.oci.image.index.v1+json" }),
      /mediaType/,
    ],
    ["another artifact type", (m) => ({ ...m, artifactType: "text/plain" }), /artifactType/],
    ["an unknown key", (m) => ({ ...m, manifests: [] }), /unknown key 'manifests'/],
    [
      "an unknown key in the layer",
      (m) => withLayer(m, { urls: ["http://127.0.0.1/"] }),
      /unknown key 'urls'/,
    ],
    ["embedded data in the layer", (m) => withLayer(m, { data: "AA==" }), /unknown key 'data'/],
    [
      "a digest of another kind",
      (m) => withLayer(m, { digest: `sha512:${"0".repeat(128)}` }),
      /digest of the layer/,
    ],
    ["a size that is text", (m) => withLayer(m, { size: "1" }), /size of the layer/],
    ["a negative size", (m) => withLayer(m, { size: -1 }), /size of the layer/],
    ["a duplicate key", (m) => JSON.stringify(m).replace("{", '{"layers":[],'), /strict JSON/],
    ["no JSON", () => "layers", /strict JSON/],
    ["a list", () => [], /not a JSON object/],
  ];
  for (const [what, spoil, cause] of spoilt) {
    it(`is refused when its manifest has ${what}, signed or not`, async () => {
      const artifact = artifactOf(spoil(manifestOf(bytes)));
      await assert.rejects(
        verifySigned(artifact, acceptsAll),
        rejectsWith("COMPONENT_MANIFEST_REFUSED", cause),
      );
    });
  }
});

describe("what nobody verified", () => {
  it("is not linked, even if it has all the fields", async () => {
    const real = acceptUnsigned(bytes, { allowUnsigned: true });
    const forged = { ...real } as VerifiedComponent;
    await assert.rejects(linkComponent(forged), rejectsWith("INTERNAL", /nothing verified/));
  });
  it("is not linked when its bytes changed after they were verified", async () => {
    const component = acceptUnsigned(bytes, { allowUnsigned: true });
    component.bytes[20] = (component.bytes[20] ?? 0) ^ 1;
    await assert.rejects(linkComponent(component), rejectsWith("COMPONENT_LINK_FAILED", /changed after/));
  });
});

function withLayer(manifest: Record<string, unknown>, change: Record<string, unknown>): unknown {
  const [layer] = manifest["layers"] as readonly Record<string, unknown>[];
  return { ...manifest, layers: [{ ...layer, ...change }] };
}
