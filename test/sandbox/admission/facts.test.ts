import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { componentManifest } from "../../../registry/client/component-manifest.js";
import { issueAuthorization } from "../../../runtime/authority/index.js";
import { createSignatureCheck } from "../../../runtime/component/index.js";
import { createRuntime, signArtifact, type SignedArtifact } from "../../../runtime/index.js";
import { admit, type AdmittedWorkload, readmit } from "../../../runtime/sandbox/admission/admit.js";
import type { Node } from "../../../runtime/sandbox/node.js";
import {
  createTrustWord,
  type RevocationKind,
  type RevocationList,
  type TrustSignalKind,
  type TrustSource,
  watchTrust,
} from "../../../runtime/trust/index.js";
import { type Arena, guestBytes, openArena, policyOf } from "../../attacks/harness.js";
import { chain, issue, name } from "../../component/signature/certificates.js";

const hour = 3_600_000;

/** What ends when, in ms since 1970; what is not said ends long after the tests. */
interface Ends {
  readonly leaf?: number;
  readonly intermediate?: number;
  readonly root?: number;
  readonly signature?: number;
  readonly policy?: number;
  readonly authorization?: number;
}

describe("what a workload rests on", () => {
  let arena: Arena;
  let node: Node;
  let now: number;
  beforeAll(async () => {
    arena = await openArena({ createRuntime });
    ({ node } = arena.runtime);
    now = Math.floor(Date.now() / 1000) * 1000;
  });
  afterAll(() => arena.close());

  /** A workload of each of these facts: a publisher under two issuers, trusted by the root, and a token from elsewhere. */
  async function workloadThat(ends: Ends = {}) {
    const times = (notAfter = now + 100 * hour) => ({
      notBefore: new Date(now - hour),
      notAfter: new Date(notAfter),
    });
    const { root, intermediate, leaf, certificates } = await chain({
      root: { ...times(ends.root) },
      intermediate: { ...times(ends.intermediate) },
      leaf: { ...times(ends.leaf) },
    });
    const store = join(node.home.truststore, "x509", "ca", "test");
    await rm(store, { recursive: true, force: true });
    await mkdir(store, { recursive: true });
    await writeFile(join(store, "root.crt"), root.der);
    await writeFile(node.home.trustPolicy, trustPolicy("ca:test"));
    const componentBytes = await guestBytes("hello-0.2.12");
    const { manifest } = componentManifest(componentBytes, { imports: [], exports: [] });
    const envelope = await signArtifact(
      manifest.descriptor,
      { privateKey: leaf.privateKey, certificates },
      {
        signingTime: new Date(now),
        ...(ends.signature === undefined ? {} : { expiry: new Date(ends.signature) }),
      },
    );
    const artifact: SignedArtifact = {
      // A repository of its own each time: whom to trust is remembered for a moment.
      reference: `registry.test/facts/a${Math.random().toString(36).slice(2)}:1.0.0`,
      manifestBytes: manifest.bytes,
      componentBytes,
      envelopes: [{ mediaType: "application/jose+json", bytes: envelope }],
    };
    const until = ends.policy === undefined ? "" : `validity: { notAfter: "${iso(ends.policy)}" }\n`;
    const policy = Buffer.from(policyOf([], `${until}limits: { wall: 60s }`));
    const request = {
      component: { kind: "artifact", artifact },
      policy: { bytes: policy, name: "facts.yaml" },
    } as const;
    // What is not brought along is made anew for every run, and cannot run out under a server.
    const first = await admit(request, node);
    const authorization = issueAuthorization({
      issuer: node.authority,
      subject: first.workload,
      node: { spiffeId: node.identity.spiffeId, keyId: node.identity.keyId },
      component: first.component.digest,
      policy: first.policy.digest,
      zone: first.zone,
      lifetimeSeconds: ((ends.authorization ?? now + 23 * hour) - now) / 1000,
      now: new Date(now),
    });
    const brought = { ...request, authorization };
    return { request: brought, workload: await admit(brought, node), issuers: { root, intermediate, leaf } };
  }

  /** The node with another list, at another time. */
  function nodeAt(list: RevocationList, time = now): Node {
    const clock = (): Date => new Date(time);
    return {
      ...node,
      now: clock,
      currentRevocations: () => list,
      signatureCheck: (reference) =>
        createSignatureCheck({ trust: node.publisherTrust(reference), revocations: list, now: clock }),
    };
  }

  interface Answers {
    readonly admission: unknown;
    readonly readmission: unknown;
    readonly signals: readonly TrustSignalKind[];
  }

  /** What the three of them say under a list, at a time. */
  async function answersOf(
    { request, workload }: Awaited<ReturnType<typeof workloadThat>>,
    { list = node.currentRevocations(), time = now }: { list?: RevocationList; time?: number } = {},
  ): Promise<Answers> {
    const then = nodeAt(list, time);
    return {
      admission: await refusal(() => admit(request, then)),
      readmission: await refusal(() => readmit(workload, request, then)),
      signals: signalsOf(workload, list, time),
    };
  }

  function assertAllRefuse(answers: Answers, signal: TrustSignalKind | undefined, what: string): void {
    assert.ok(answers.admission !== undefined, `${what}: it is admitted`);
    assert.ok(answers.readmission !== undefined, `${what}: it is admitted again`);
    assert.ok(answers.signals.length > 0, `${what}: it goes on`);
    if (signal !== undefined)
      assert.ok(answers.signals.includes(signal), `${what}: ${answers.signals.join(", ")}`);
  }

  it("holds, all of it, for a workload with nothing against it", async () => {
    const answers = await answersOf(await workloadThat());
    assert.deepEqual(answers, { admission: undefined, readmission: undefined, signals: [] });
  });

  it("is named once each, and has everything that can be revoked", async () => {
    const { workload, issuers } = await workloadThat();
    const names = workload.facts.map((fact) => fact.name);
    assert.equal(new Set(names).size, names.length);
    const kinds = names.map((text) => text.split(" ")[0]).filter((kind) => kind === "publisher-key");
    assert.equal(kinds.length, Object.keys(issuers).length, "the publisher's key, and each issuer's");
  });

  it("is looked at alike before a start, before another start, and during a run: each that can be revoked", async () => {
    const stage = await workloadThat();
    const revocable = stage.workload.facts.flatMap((fact) => {
      const [kind = "", id = ""] = fact.name.split(" ");
      return isRevocationKind(kind) ? [{ kind, id, signal: fact.signal }] : [];
    });
    assert.ok(revocable.length >= 12, `${revocable.length} facts`);
    for (const { kind, id, signal } of revocable) {
      const answers = await answersOf(stage, { list: listOf((one, other) => one === kind && other === id) });
      assertAllRefuse(answers, signal, `${kind} ${id}`);
    }
  });

  it("is all that admission asks of the list of revocations", async () => {
    const { request, workload } = await workloadThat();
    const asked = { admission: new Set<string>(), readmission: new Set<string>(), run: new Set<string>() };
    const asking = (into: Set<string>): RevocationList =>
      listOf((kind, id) => {
        into.add(`${kind} ${id}`);
        return false;
      });
    await admit(request, nodeAt(asking(asked.admission)));
    readmit(workload, request, nodeAt(asking(asked.readmission)));
    signalsOf(workload, asking(asked.run), now);
    assert.deepEqual([...asked.readmission].sort(), [...asked.admission].sort());
    assert.deepEqual([...asked.run].sort(), [...asked.admission].sort());
    assert.ok(asked.run.size >= 12);
  });

  for (const [what, ends, signal] of [
    ["the publisher's certificate", (at: number) => ({ leaf: at }), "signature-expired"],
    ["an issuer's certificate", (at: number) => ({ intermediate: at }), "signature-expired"],
    ["the root's certificate", (at: number) => ({ root: at }), "signature-expired"],
    ["the signature", (at: number) => ({ signature: at }), "signature-expired"],
    ["the policy's validity", (at: number) => ({ policy: at }), "validity-window-closed"],
    ["the authorization", (at: number) => ({ authorization: at }), "authorization-expired"],
  ] as const) {
    it(`ends alike for all three where ${what} ends`, async () => {
      const at = now + 2 * hour;
      const stage = await workloadThat(ends(at));
      const earlier = await answersOf(stage, { time: at - 1000 });
      assert.deepEqual(earlier, { admission: undefined, readmission: undefined, signals: [] }, "before");
      // An authorization is good for some seconds more, since clocks differ.
      assertAllRefuse(await answersOf(stage, { time: at + 10_000 }), signal, what);
      const changes = stage.workload.facts.flatMap((fact) => fact.nextChange?.(now) ?? []);
      assert.ok(Math.min(...changes) <= at + 10_000, "the monitor looks again by then");
    });
  }

  it("ends alike for all three where a person trusts the publisher no more", async () => {
    const stage = await workloadThat();
    const other = await issue({ subject: name("other") });
    await writeFile(join(node.home.truststore, "x509", "ca", "test", "root.crt"), other.der);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertAllRefuse(await answersOf(stage), "publisher-untrusted", "another root");
  });

  it("cannot be told for the moment where whom to trust cannot be read, and nothing starts then", async () => {
    const stage = await workloadThat();
    await writeFile(node.home.trustPolicy, "{");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { admission, readmission, signals } = await answersOf(stage);
    assert.ok(admission !== undefined && readmission !== undefined);
    assert.deepEqual(signals, [], "a run has its countdown");
  });
});

async function refusal(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What a monitor signals when it looks once. */
function signalsOf(
  { facts, epoch }: AdmittedWorkload,
  list: RevocationList,
  time: number,
): readonly TrustSignalKind[] {
  const signals: TrustSignalKind[] = [];
  const clock = { wallMs: () => time, monotonicNs: () => 0n };
  const view = { list, askedNs: 0n, failure: undefined };
  const source: TrustSource = {
    clock,
    view: () => view,
    subscribe(subscriber) {
      subscriber.evaluate(view);
      return () => undefined;
    },
    refresh: () => Promise.resolve(),
    close: () => undefined,
  };
  watchTrust({
    source,
    word: createTrustWord(),
    facts,
    epoch,
    maxStalenessMs: 1000,
    onSignal: ({ kind }) => signals.push(kind),
  }).stop();
  return signals;
}

const revocationKinds: readonly RevocationKind[] = [
  "publisher-key",
  "node-key",
  "component",
  "policy",
  "authorization",
  "workload",
];

function isRevocationKind(text: string): text is RevocationKind {
  return revocationKinds.some((kind) => kind === text);
}

/** A list that says of some things that they are revoked. */
function listOf(isRevoked: (kind: RevocationKind, id: string) => boolean): RevocationList {
  const find: RevocationList["find"] = (kind, id) =>
    isRevoked(kind, id) ? { kind, id, reason: "for the test", at: "2026-01-01T00:00:00Z" } : undefined;
  return { epoch: 1, find } as RevocationList;
}

function trustPolicy(store: string): string {
  const entry = {
    name: "test",
    registryScopes: ["*"],
    signatureVerification: { level: "strict" },
    trustStores: [store],
    trustedIdentities: ["*"],
  };
  return JSON.stringify({ version: "1.0", trustPolicies: [entry] });
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
